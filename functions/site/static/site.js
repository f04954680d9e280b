// What pages do better with script; everything works without it.
const root = document.documentElement;
const language = root.lang;

// Times in the reader's zone and words, also in what comes later.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const FORMS = {
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { day: "numeric", month: "short", year: "numeric" },
  moment: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};
const formats = Object.fromEntries(
  Object.entries(FORMS).map(([name, form]) => [name, new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...form, timeZone: zone })]),
);
function localTimes(within) {
  for (const each of within.querySelectorAll("time[data-form]")) {
    each.textContent = formats[each.dataset.form].format(new Date(each.dateTime));
  }
}
document.addEventListener("incoming", (event) => localTimes(event.detail));

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
let hasStars = false;
try {
  hasStars = localStorage.getItem("stars") !== null;
} catch {}
if (document.querySelector("[data-star], #stars") || hasStars || document.cookie.includes("touchline-signed-in=1")) import("./stars.js");
document.querySelector("#problem")?.focus();
