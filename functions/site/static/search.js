// Suggestions under the search box (the combobox pattern of ARIA); the form works without them.
const form = document.querySelector("form.find");
const input = form.elements.q;
const list = document.createElement("ul");
list.id = "suggestions";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", input.getAttribute("aria-label"));
form.append(list);
for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": list.id, "aria-expanded": "false", "aria-autocomplete": "list" })) input.setAttribute(name, value);
let at = -1;
let timer = 0;
let query = "";

function show(html) {
  list.innerHTML = html;
  at = -1;
  input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-expanded", String(list.children.length > 0));
}
function choose(n) {
  const options = [...list.children];
  if (!options.length) return;
  at = (n + options.length) % options.length;
  options.forEach((each, k) => each.setAttribute("aria-selected", String(k === at)));
  input.setAttribute("aria-activedescendant", options[at].id);
}
async function ask() {
  const text = input.value.trim();
  if (text === query) return;
  query = text;
  if (text.length < 2) return show("");
  try {
    const answer = await fetch(`${form.action}/suggestions?q=${encodeURIComponent(text)}`);
    if (answer.ok && query === text) show(await answer.text());
  } catch {
    show("");
  }
}
input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, 120);
});
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") choose(at + 1);
  else if (event.key === "ArrowUp") choose(at - 1);
  else if (event.key === "Escape") show("");
  else if (event.key === "Enter" && at >= 0) location.href = list.children[at].dataset.href;
  else return;
  event.preventDefault();
});
list.addEventListener("pointerdown", (event) => {
  const hit = event.target.closest("li");
  if (hit) location.href = hit.dataset.href;
});
input.addEventListener("blur", () => setTimeout(() => show(""), 150));
