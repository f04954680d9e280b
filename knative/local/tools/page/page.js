// Keeps the page up to date: fetches what has changed and puts it where it belongs. Without it the page is as of its load.
"use strict";
const EVERY_MS = 2000;
const watch = document.getElementById("watch");

function put(id, html) {
  const place = document.getElementById(id);
  if (place.dataset.last === html) return;
  place.dataset.last = html;
  const focused = place.contains(document.activeElement) && document.activeElement.getAttribute("href");
  place.innerHTML = html; // written and escaped by the server, as the page itself
  if (focused) place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

async function refresh() {
  if (!watch.checked || document.hidden) return;
  try {
    const answer = await fetch(`/eventing/live${location.search}`);
    if (!answer.ok) throw new Error(`answers ${answer.status}`);
    const told = await answer.json();
    for (const [id, html] of Object.entries(told.parts)) put(id, html);
    for (const note of document.querySelectorAll("svg [data-owner]")) {
      const count = told.counts[note.dataset.owner] ?? "";
      if (note.textContent !== count) note.textContent = count;
    }
  } catch (error) {
    put("trouble", "The platform is silent; this page is as it was.");
  }
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
