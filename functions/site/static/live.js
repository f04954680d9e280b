// Parts of a page that follow their addresses while it is looked at.

// Makes an element like another one and keeps every node that stays: its selection, its focus, an open <details>.
export function morph(now, next) {
  if (now.isEqualNode(next)) return;
  for (const { name } of [...now.attributes]) {
    if (!next.hasAttribute(name) && !(now.localName === "details" && name === "open")) now.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  const wanted = [...next.childNodes];
  let at = now.firstChild;
  for (const each of wanted) {
    const same = match(at, each);
    if (same) {
      while (at !== same) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
      }
      at = same.nextSibling;
      if (same.nodeType === 1) morph(same, each);
      else if (same.data !== each.data) same.data = each.data;
    } else now.insertBefore(each, at);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}
function match(from, wanted) {
  for (let each = from; each; each = each.nextSibling) {
    if (each.nodeType === wanted.nodeType && each.localName === wanted.localName && (each.id ?? "") === (wanted.id ?? "")) return each;
    if (wanted.nodeType !== 1 || !wanted.id) return null; // only what has a name may have moved
  }
  return null;
}

// What is spoken: goals, red cards and the end; neither minutes nor what has not changed.
function state(part) {
  const score = part.querySelector("[data-score]");
  return { score: score?.dataset.score, kind: score?.dataset.kind, reds: part.querySelectorAll(".card.red, .card.yellowRed").length };
}
function say(before, now) {
  const said = document.querySelector("#said");
  const words = [];
  if (now.score !== before.score && now.kind !== "coming") words.push(`${said.dataset.goal} ${now.score}`);
  if (now.reds > before.reds) words.push(said.dataset.card);
  if (now.kind === "over" && before.kind === "live") words.push(`${said.dataset.end} ${now.score}`);
  if (words.length) said.textContent = words.join(". ");
}

class LivePart extends HTMLElement {
  #timer = 0;
  #tag = "";
  #wait = 0;
  connectedCallback() {
    this.#wait = Number(this.getAttribute("every")) * 1000;
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(this.#timer) : this.#ask()));
    if (!this.hasAttribute("final")) this.#later();
  }
  disconnectedCallback() {
    clearTimeout(this.#timer);
  }
  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), this.#wait * (0.8 + 0.4 * Math.random()));
  }
  async #ask() {
    clearTimeout(this.#timer);
    if (document.hidden || !this.isConnected) return;
    const every = Number(this.getAttribute("every")) * 1000;
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: this.#tag ? { "If-None-Match": this.#tag } : {} });
      if (answer.status === 200) {
        this.#tag = answer.headers.get("ETag") ?? "";
        const next = document.createElement("live-part");
        next.innerHTML = await answer.text();
        this.#take(next);
      }
      this.#wait = answer.status === 200 || answer.status === 304 ? every : Math.min(this.#wait * 2, 300000);
      if (this.querySelector("[data-final]")) return;
    } catch {
      this.#wait = Math.min(this.#wait * 2, 300000);
    }
    this.#later();
  }
  #take(next) {
    document.dispatchEvent(new CustomEvent("incoming", { detail: next }));
    for (const { name, value } of this.attributes) next.setAttribute(name, value);
    const before = state(this);
    morph(this, next);
    if (this.hasAttribute("data-say")) say(before, state(this));
    this.dispatchEvent(new CustomEvent("changed", { bubbles: true }));
  }
  refresh() {
    return this.#ask();
  }
}
customElements.define("live-part", LivePart);
