// Shows the state of the lake and the last 24 hours. Asks as who is logged in: by cookie, else by a token that lives as
// long as this page.
"use strict";
const EVERY_MS = 10000;
const at = (id) => document.getElementById(id);
let token = "";

class Refused extends Error {}

async function ask(path, body) {
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { "content-type": "application/json" }) };
  const response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  if (response.status === 401) throw new Refused("log in first");
  const content = await response.json();
  if (!response.ok) throw new Error(content.detail ?? `${path} answers ${response.status}`);
  return content;
}

function row(...cells) {
  const line = document.createElement("tr");
  for (const cell of cells) {
    const place = document.createElement("td");
    place.textContent = typeof cell === "number" ? cell.toLocaleString("en") : cell;
    line.append(place);
  }
  return line;
}

function fill(id, rows) {
  at(id).replaceChildren(...rows);
}

function describe(monitor) {
  const { provenance, lag_s: lag, n_pending: pending, live } = monitor;
  const built = provenance.run ? `Built up to ${provenance.up_to} by run ${provenance.run.slice(0, 8)} on ${provenance.engine}` : "Nothing is built yet";
  const stream = lag === null ? "no purchase has come" : `the latest purchase is ${Math.round(lag)} s old`;
  return `${built}; ${stream}; ${live.late} came late; ${pending} wait for a file; ${monitor.dirty_days.length} days are to be built again.`;
}

async function refresh() {
  try {
    const [monitor, top] = await Promise.all([ask("/shop/v1/sales/monitor"), ask("/shop/v1/sales/top?hours=24")]);
    at("state").textContent = describe(monitor);
    fill("top", top.items.map((each) => row(each.currency, each.category, each.n_purchases, each.revenue)));
    fill("hours", monitor.last_24_hours.map((each) => row(each.hour.slice(0, 16), each.n_purchases, each.n_cancelled)));
    fill("tables", monitor.tables.map((each) => row(each.table, each.n_rows, each.size_bytes)));
    fill("drift", monitor.drift.map((each) => row(each.dataset, each.field, each.kind, each.n_rows)));
    at("trouble").textContent = "";
    at("login").hidden = true;
    at("shown").hidden = false;
  } catch (error) {
    if (error instanceof Refused) at("login").hidden = false;
    else at("trouble").textContent = error.message;
  }
}

at("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    token = (await ask("/login", { username: form.get("username"), password: form.get("password") })).access_token;
    refresh();
  } catch (error) {
    at("trouble").textContent = error.message;
  }
});

refresh();
setInterval(refresh, EVERY_MS);
