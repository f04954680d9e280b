"use strict";
// Everything shown is set as text, never as HTML: the document may quote anything.
let token = "";
let components = {};

function make(name, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...children);
  return element;
}

function resolved(part) {
  if (!part || !part.$ref) return part || {};
  return part.$ref.slice(2).split("/").reduce((found, key) => found[key], { components });
}

function sample(schema, depth = 0) {
  const it = resolved(schema);
  if ("default" in it) return it.default;
  if (it.enum) return it.enum[0];
  if (it.anyOf) return sample(it.anyOf[0], depth);
  if (it.type === "object" && depth < 4) {
    return Object.fromEntries(Object.entries(it.properties || {}).map(([key, each]) => [key, sample(each, depth + 1)]));
  }
  return { array: [], integer: 0, number: 0, boolean: false, object: {}, null: null }[it.type] ?? "";
}

function kind(schema) {
  const it = resolved(schema);
  const words = it.enum ? it.enum.map((each) => JSON.stringify(each)).join(" | ") : it.format || it.type || "";
  return it.anyOf ? it.anyOf.map(kind).join(" or ") : words;
}

function fields(operation) {
  return (operation.parameters || []).map((parameter) => {
    const input = make("input", { placeholder: kind(parameter.schema), required: parameter.required });
    const note = parameter.description || resolved(parameter.schema).description || "";
    const label = make("label", {}, make("span", {}, parameter.name), input, " ", make("span", { className: "note" }, note));
    return { parameter, input, label };
  });
}

function bodies(operation) {
  const content = Object.entries(resolved(operation.requestBody).content || {});
  if (!content.length) return null;
  const area = make("textarea", { spellcheck: false });
  const select = make("select", {}, ...content.map(([type]) => make("option", {}, type)));
  const show = () => {
    const media = content[select.selectedIndex][1];
    area.value = JSON.stringify(media.example ?? sample(media.schema), null, 2);
  };
  select.onchange = show;
  show();
  return { select, area, element: make("label", {}, "Body ", select, area) };
}

function request(path, method, parameters, body) {
  const query = new URLSearchParams();
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let address = path;
  for (const { parameter, input } of parameters) {
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value && parameter.in === "query") query.set(parameter.name, input.value);
    else if (input.value) headers[parameter.name] = input.value;
  }
  const options = { method, headers };
  if (body && body.area.value.trim()) {
    headers["Content-Type"] = body.select.value;
    const form = body.select.value === "application/x-www-form-urlencoded";
    options.body = form ? new URLSearchParams(JSON.parse(body.area.value)).toString() : body.area.value;
  }
  return [address + (query.size ? `?${query}` : ""), options];
}

async function answered(address, options) {
  const begun = performance.now();
  const answer = await fetch(address, options);
  const text = await answer.text();
  const head = `${answer.status} ${answer.statusText} · ${Math.round(performance.now() - begun)} ms · ${answer.headers.get("Content-Type") || "no body"}`;
  try {
    return `${head}\n\n${JSON.stringify(JSON.parse(text), null, 2)}`;
  } catch {
    return `${head}\n\n${text}`;
  }
}

function shown(path, method, operation) {
  const parameters = fields(operation);
  const body = bodies(operation);
  const output = make("pre", { hidden: true });
  const form = make("form", {}, ...parameters.map((each) => each.label), ...(body ? [body.element] : []), make("button", {}, "Send"));
  form.onsubmit = async (event) => {
    event.preventDefault();
    output.hidden = false;
    try {
      output.textContent = await answered(...request(path, method.toUpperCase(), parameters, body));
    } catch (trouble) {
      output.textContent = String(trouble);
    }
  };
  const statuses = Object.entries(operation.responses).map(([status, answer]) =>
    make("tr", {}, make("td", {}, status), make("td", {}, resolved(answer).description)));
  const lock = operation.security && operation.security.length ? " · needs a login" : "";
  return make("details", {},
    make("summary", {}, make("b", { className: "method" }, method.toUpperCase()), make("code", {}, path), ` ${operation.summary}${lock}`),
    form, output, make("table", {}, ...statuses));
}

async function render() {
  const whole = await (await fetch("/openapi.json")).json();
  components = whole.components;
  const groups = new Map();
  for (const [path, operations] of Object.entries(whole.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags[0];
      if (!groups.has(tag)) groups.set(tag, make("section", {}, make("h2", {}, tag)));
      groups.get(tag).append(shown(path, method, operation));
    }
  }
  document.querySelector("main").append(...groups.values());
}

document.getElementById("filter").oninput = ({ target }) => {
  for (const section of document.querySelectorAll("section")) {
    const matching = [...section.querySelectorAll("details")].filter((each) => {
      each.hidden = !each.querySelector("summary").textContent.toLowerCase().includes(target.value.toLowerCase());
      return !each.hidden;
    });
    section.hidden = !matching.length;
  }
};

document.getElementById("login").onsubmit = async (event) => {
  event.preventDefault();
  const form = event.target;
  const asked = new URLSearchParams(new FormData(form));
  asked.set("grant_type", "password");
  const answer = await fetch("/token", { method: "POST", body: asked });
  const told = await answer.json();
  token = told.access_token || "";
  form.password.value = "";
  form.querySelector("output").textContent = token ? "logged in; the token stays in this page" : told.error_description || told.detail;
};

render();
