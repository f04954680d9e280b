// What pages do better with script; everything works without it.
import { localTimes } from "./times.js";

const root = document.documentElement;
const language = root.lang;

// The theme.
const themes = document.querySelector("#theme");
if (themes) {
  themes.closest("li").hidden = false;
  themes.value = root.dataset.theme || "";
  themes.addEventListener("change", () => {
    if (themes.value) root.dataset.theme = themes.value;
    else delete root.dataset.theme;
    try {
      localStorage.setItem("theme", themes.value);
    } catch {}
    dispatchEvent(new Event("themechange"));
  });
}

// Tables are sorted in place, under the address that the server would sort by.
function valueOf(row, n) {
  const cell = row.cells[n];
  const text = (cell.dataset.v ?? cell.textContent).trim();
  const number = Number(text.replace(/[\s\u202f%+]/g, "").replace("−", "-").replace(",", ".").replace(/^[<>]/, ""));
  if (text === "–" || text === "") return null;
  return Number.isNaN(number) ? text.toLocaleLowerCase(language) : number - (text[0] === "<" ? 0.5 : 0);
}
function sortBy(table, header, rising) {
  const n = header.cellIndex;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [valueOf(row, n), row]);
  rows.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "string" && typeof b === "string" ? a.localeCompare(b, language) : a < b ? -1 : a > b ? 1 : 0;
    return rising ? order : -order;
  });
  body.append(...rows.map(([, row]) => row));
  for (const each of header.parentElement.cells) each.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", rising ? "ascending" : "descending");
}
document.addEventListener("click", (event) => {
  const target = event.target.closest("table[data-sortable] thead a[data-key]");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const header = target.closest("th");
  const url = new URL(target.href);
  const rising = !url.searchParams.get("sort").startsWith("-");
  sortBy(target.closest("table"), header, rising);
  const page = new URL(location.href);
  page.searchParams.set("sort", url.searchParams.get("sort"));
  history.replaceState(history.state, "", page);
  url.searchParams.set("sort", (rising ? "-" : "") + target.dataset.key);
  target.href = url;
});

localTimes(document);

if (document.querySelector("live-part")) import("./live.js");
document.querySelector("form.find input")?.addEventListener("focus", () => import("./search.js"), { once: true });
if (document.querySelector("[data-star], .lg, #stars") || document.cookie.includes("touchline-signed-in=1")) import("./stars.js");
document.querySelector("#problem")?.focus();
