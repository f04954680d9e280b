// Shows the newest or the chosen job, the source and what is missing. Asks as who is logged in: by cookie, else by a token
// that lives as long as this page.
"use strict";
const EVERY_MS = 2000;
const TONES = { ok: "good", done: "good", complete: "good", running: "open", degraded: "open", failed: "bad", blocked: "bad" };
const at = (id) => document.getElementById(id);
let token = "";
let chosen = location.hash.slice(1);

class Refused extends Error {}

async function ask(path, body) {
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { "content-type": "application/json" }) };
  const answer = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  if (answer.status === 401) throw new Refused("log in first");
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail ?? `${path} answers ${answer.status}`);
  return told;
}

function make(name, text = "", tone = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (tone) made.className = tone;
  return made;
}

function row(...cells) {
  const made = make("tr");
  for (const cell of cells) {
    const place = make("td");
    place.append(cell);
    made.append(place);
  }
  return made;
}

function link(job) {
  const made = make("a", job.id.slice(0, 13));
  made.href = `#${job.id}`;
  made.title = job.id;
  return made;
}

const time = (moment) => moment.slice(0, 16).replace("T", " ");

function showSource(source) {
  const why = source.reason ? `: ${source.reason}` : source.rests_until ? `, rests until ${source.rests_until}` : "";
  at("source").replaceChildren(`${source.source}: `, make("strong", source.health, TONES[source.health]), why);
  at("resume").hidden = source.health !== "blocked";
}

function bar(league) {
  const { expected, with_details: done } = league.matches;
  const made = make("div");
  made.className = "bar";
  const progress = make("progress");
  progress.max = expected || 1;
  progress.value = done;
  progress.setAttribute("aria-label", league.league);
  made.append(make("span", league.league), progress, make("span", `${done}/${expected} · ${league.rows.toLocaleString("en")} rows`));
  return made;
}

function showJob(job) {
  const left = job.eta_s ? `, about ${job.eta_s} s to go` : "";
  const fault = job.fault ? `: ${job.fault}` : "";
  at("job").replaceChildren(link(job), " ", make("strong", job.state, TONES[job.state]), ` ${job.percent} %${left}${fault}`);
  at("bars").replaceChildren(...job.leagues.map(bar));
  at("faults").replaceChildren(
    ...job.faults.map((one) => make("li", `${one.league} ${one.kind} ${one.ref} ${one.state}: ${one.reason}`)),
  );
}

function showJobs(jobs) {
  at("jobs").replaceChildren(
    ...jobs.map((job) =>
      row(time(job.created_at), link(job), make("span", job.state, TONES[job.state]), job.leagues.join(", "), job.seasons.join(", ") || "details"),
    ),
  );
}

function showSeasons(seasons) {
  at("seasons").replaceChildren(
    ...seasons.map((one) => {
      const state = one.why.length ? make("span", one.why.join("; "), "bad") : make("span", "nothing", "good");
      const { complete, finished } = one.matches;
      return row(one.league, one.season, `${complete}/${finished}`, `${one.lists.read}/${one.lists.expected}`, state);
    }),
  );
}

async function refresh() {
  try {
    const [source, jobs, report] = await Promise.all([ask("/scrape/source"), ask("/scrape/jobs?limit=10"), ask("/scrape/completeness")]);
    const id = chosen || jobs.items[0]?.id;
    if (id) showJob(await ask(`/scrape/jobs/${encodeURIComponent(id)}`));
    showSource(source);
    showJobs(jobs.items);
    showSeasons(report.items);
    at("shown").hidden = false;
    at("login").hidden = true;
    at("trouble").textContent = "";
  } catch (error) {
    const out = error instanceof Refused;
    if (out) at("shown").hidden = true;
    at("login").hidden = !out;
    at("trouble").textContent = out ? "" : `${error.message}; this page is as it was.`;
  }
}

at("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(event.target));
  try {
    token = (await ask("/login", { username, password })).access_token;
    await refresh();
  } catch (error) {
    at("trouble").textContent = error instanceof Refused ? "Wrong username or password." : error.message;
  }
});

at("resume").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await ask("/scrape/source/resume", { reason: new FormData(event.target).get("reason") });
    await refresh();
  } catch (error) {
    at("trouble").textContent = error.message;
  }
});

addEventListener("hashchange", () => {
  chosen = location.hash.slice(1);
  refresh();
});

async function keep() {
  if (!document.hidden && at("login").hidden) await refresh();
  setTimeout(keep, EVERY_MS);
}

refresh().then(keep);
