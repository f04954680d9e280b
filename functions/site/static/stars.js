// Stars: in this browser before the login, at the account after it; merged once. The page itself knows nobody.
const signedIn = document.cookie.split("; ").includes("touchline-signed-in=1");
const prefix = document.documentElement.lang === "en" ? "" : `/${document.documentElement.lang}`;
const KEY = "stars";
let stars = new Map();

function local() {
  try {
    return new Map(Object.entries(JSON.parse(localStorage.getItem(KEY) ?? "{}")));
  } catch {
    return new Map();
  }
}
function keep() {
  try {
    if (stars.size) localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(stars)));
    else localStorage.removeItem(KEY);
  } catch {}
}
async function strip(answer) {
  if (!answer.ok) return false;
  const holder = document.createElement("div");
  holder.innerHTML = await answer.text();
  const { name, stars: text } = holder.firstElementChild.dataset;
  if (!name) return false;
  const me = document.querySelector("#me");
  if (me) me.textContent = name;
  stars = new Map(text.split(" ").filter(Boolean).map((each) => [each, ""]));
  return true;
}
async function load() {
  stars = local();
  if (!signedIn) return;
  try {
    if (stars.size) {
      const body = new URLSearchParams({ stars: [...stars.keys()].join(" ") });
      if (await strip(await fetch(`${prefix}/account/favourites`, { method: "POST", body }))) localStorage.removeItem(KEY);
    } else await strip(await fetch(`${prefix}/account/strip`));
  } catch {}
}
async function toggle(button, star, name) {
  const has = stars.has(star);
  if (signedIn) {
    const body = new URLSearchParams({ wish: has ? "remove" : "add" });
    const answer = await fetch(`${prefix}/account/favourites/${star.replace(":", "/")}`, { method: "POST", body });
    if (!answer.ok) return;
  }
  if (has) stars.delete(star);
  else stars.set(star, name);
  if (!signedIn) keep();
  button.setAttribute("aria-pressed", String(!has));
}
function draw() {
  const words = prefix ? "В избранное" : "Favourite";
  for (const place of document.querySelectorAll("[data-star]:empty")) {
    const button = document.createElement("button");
    button.className = "star";
    button.type = "button";
    button.textContent = "★";
    button.setAttribute("aria-label", `${words}: ${place.dataset.name}`);
    button.setAttribute("aria-pressed", String(stars.has(place.dataset.star)));
    button.addEventListener("click", () => toggle(button, place.dataset.star, place.dataset.name));
    place.append(button);
  }
  const list = document.querySelector("#stars");
  if (list) {
    const items = [...stars].map(([star, name]) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `${prefix}/${star.replace(":", "/")}`;
      link.textContent = name || star;
      item.append(link);
      return item;
    });
    if (items.length) list.replaceChildren(...items);
    else list.firstElementChild.textContent = list.dataset.empty;
  }
  favouritesFirst();
}
// Matches of starred teams stand first within their league, and leagues with one stand first.
function favouritesFirst() {
  const teams = new Set([...stars.keys()].filter((each) => each.startsWith("team:")).map((each) => each.slice(5)));
  if (!teams.size) return;
  for (const row of document.querySelectorAll(".lg li.m")) {
    if (row.dataset.teams.split(" ").some((each) => teams.has(each))) {
      row.classList.add("mine");
      row.parentElement.prepend(row);
    }
  }
  for (const box of document.querySelectorAll(".lg:has(.mine)")) box.parentElement.prepend(box);
}
document.addEventListener("changed", favouritesFirst);
await load();
draw();
