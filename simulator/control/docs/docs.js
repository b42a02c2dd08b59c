// The page to try the control API. It is made of /openapi.json and asks the server
// it came from; nothing else.

/** el makes an element. Text is never read as HTML. */
function el(name, props = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (key in e && key !== "list") e[key] = value;
    else e.setAttribute(key, value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return e;
}

let spec;

/** deref follows a $ref; what stands beside it wins. */
function deref(node) {
  if (!node?.$ref) return node;
  const target = node.$ref.slice(2).split("/").reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], spec);
  const { $ref, ...beside } = node;
  return { ...deref(target), ...beside };
}

const refName = (node) => node?.$ref?.split("/").pop();

/** inline turns `code` and **strong** into elements. */
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).filter(Boolean).map((part) => {
    if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return el("strong", {}, part.slice(2, -2));
    return part;
  });
}

/** prose turns the description's paragraphs and lists into elements. */
function prose(text = "") {
  const out = [];
  for (const block of text.trim().split(/\n\s*\n/).filter(Boolean)) {
    const items = block.split(/\n(?=\* )|^(?=\* )/).filter((s) => s.startsWith("* "));
    if (items.length > 0) out.push(el("ul", {}, ...items.map((i) => el("li", {}, ...inline(i.slice(2).replace(/\s+/g, " "))))));
    else out.push(el("p", {}, ...inline(block.replace(/\s+/g, " "))));
  }
  return out;
}

/** typeOf says a schema's type in a few words. */
function typeOf(schema) {
  const s = deref(schema) ?? {};
  if ("const" in s) return JSON.stringify(s.const);
  if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(" | ");
  if (s.oneOf) return s.oneOf.map(typeOf).join(" or ");
  if (s.type === "array") return `list of ${refName(s.items) ?? typeOf(s.items)}`;
  if (s.type === "object") return refName(schema) ?? "object";
  const type = Array.isArray(s.type) ? s.type.join(" or ") : s.type ?? "anything";
  return s.format ? `${type} (${s.format})` : type;
}

/** limits are what else a schema asks. */
function limits(s) {
  const said = [];
  if ("default" in s) said.push(`default ${JSON.stringify(s.default)}`);
  if ("minimum" in s) said.push(`from ${s.minimum}`);
  if ("exclusiveMinimum" in s) said.push(`over ${s.exclusiveMinimum}`);
  if ("maximum" in s) said.push(`at most ${s.maximum}`);
  if ("maxLength" in s) said.push(`at most ${s.maxLength} characters`);
  return said.length ? `, ${said.join(", ")}` : "";
}

/** fieldsOf shows the keys of an object, and of what is in it. */
function fieldsOf(schema, seen = []) {
  const name = refName(schema);
  let s = deref(schema) ?? {};
  if (name && seen.includes(name)) return null;
  const path = name ? [...seen, name] : seen;
  if (s.oneOf) return el("div", {}, ...s.oneOf.map((one) => fieldsOf(one, path)).filter(Boolean));
  if (s.type === "array") return fieldsOf(s.items, path);
  if (!s.properties) return null;
  return el("ul", { className: "schema" }, ...Object.entries(s.properties).map(([key, value]) => {
    const v = deref(value);
    return el("li", {},
      el("span", { className: "name" }, key), " ",
      el("span", { className: "type" }, typeOf(value) + limits(v) + ((s.required ?? []).includes(key) ? "" : ", optional")), " ",
      ...inline(v.description ?? ""),
      fieldsOf(value, path));
  }));
}

/** model is a schema behind its name. */
function model(schema) {
  const inside = fieldsOf(schema);
  if (!inside) return el("span", { className: "type" }, typeOf(schema));
  return el("details", { className: "model" }, el("summary", {}, el("span", { className: "type" }, refName(schema) ?? typeOf(schema))), inside);
}

const quote = (s) => `'${s.replaceAll("'", `'\\''`)}'`;

/** operations lists what the API can do, in the order of the file. */
function operations() {
  const out = [];
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const method of ["get", "post", "put", "delete"]) {
      if (!item[method]) continue;
      const op = item[method];
      out.push({ ...op, path, method, ofWorld: Boolean(item.servers), parameters: [...(item.parameters ?? []), ...(op.parameters ?? [])].map(deref) });
    }
  }
  return out;
}

/** input is the field of one parameter. */
function input(op, p) {
  const id = `${op.operationId}-${p.name}`;
  const schema = deref(p.schema);
  const required = Boolean(p.required);
  let control;
  if (schema.enum) {
    control = el("select", { id, required }, ...(required ? [] : [el("option", { value: "" }, "")]), ...schema.enum.map((v) => el("option", { value: v }, v)));
  } else {
    control = el("input", { id, required, autocomplete: "off", spellcheck: false, placeholder: required ? "" : String(p.example ?? ""), value: required ? String(p.example ?? "") : "" });
  }
  control.setAttribute("aria-describedby", `${id}-hint`);
  const mark = required ? el("span", { className: "must", title: "required" }, " *") : null;
  return { p, control, row: el("div", { className: "field" }, el("label", { htmlFor: id }, p.name, mark), control, el("div", { className: "hint", id: `${id}-hint` }, ...prose(p.description))) };
}

/** bodyOf is the field for what is sent along. */
function bodyOf(op) {
  const body = deref(op.requestBody);
  if (!body) return null;
  const [kind, media] = Object.entries(body.content)[0];
  const examples = media.examples ? Object.values(media.examples).map((e) => e.value) : "example" in media ? [media.example] : [];
  const text = examples.length === 0 ? "" : typeof examples[0] === "string" ? examples[0] : JSON.stringify(examples[0], null, 2);
  const id = `${op.operationId}-body`;
  const lines = text.split("\n").length;
  const area = el("textarea", { id, spellcheck: false, rows: Math.min(lines + 1, 16), value: body.required ? text : "", placeholder: text });
  const fill = el("button", { type: "button", hidden: body.required || text === "" }, "Fill in the example");
  fill.addEventListener("click", () => {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const others = examples.slice(1).map((e) => el("pre", {}, el("code", {}, JSON.stringify(e, null, 2))));
  return {
    kind, area,
    row: el("div", {}, el("h3", {}, el("label", { htmlFor: id }, "Body")), ...prose(body.description), area, fill,
      others.length ? el("p", { className: "soft" }, "Or") : null, ...others, model(media.schema)),
  };
}

const world = () => document.getElementById("world").value.trim() || "default";

/** requestOf is what the fields amount to. */
function requestOf(op, fields, body) {
  let path = op.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { p, control } of fields) {
    const value = control.value.trim();
    if (p.in === "path") path = path.replace(`{${p.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (p.in === "query") query.set(p.name, value);
    else headers[p.name] = value;
  }
  if (op.ofWorld && world() !== "default") path = `/worlds/${encodeURIComponent(world())}${path}`;
  const search = query.toString();
  const url = location.origin + path + (search ? `?${search}` : "");
  const sent = body && body.area.value.trim() !== "" ? body.area.value : undefined;
  if (sent !== undefined) headers["Content-Type"] = body.kind;
  return { url, headers, sent };
}

function curl(op, { url, headers, sent }) {
  const streams = op.responses["200"]?.content?.["text/event-stream"];
  const parts = ["curl", streams ? "-N" : "-sS"];
  if (op.method !== "get") parts.push("-X", op.method.toUpperCase());
  parts.push(quote(url));
  for (const [name, value] of Object.entries(headers)) parts.push("-H", quote(`${name}: ${value}`));
  if (sent !== undefined) parts.push("--data-binary", quote(sent));
  return parts.join(" ");
}

/** show reads an answer as it comes. */
async function show(answer, shown) {
  const kind = answer.headers.get("Content-Type") ?? "";
  if (kind.startsWith("application/json")) {
    const text = await answer.text();
    try {
      shown.textContent = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      shown.textContent = text;
    }
    return;
  }
  const most = 200_000; // characters
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader.read()) {
    shown.textContent = (shown.textContent + chunk.value).slice(-most);
  }
}

/** form is where an operation is tried. */
function form(op) {
  const fields = op.parameters.map((p) => input(op, p));
  const body = bodyOf(op);
  const status = el("p", { className: "status", role: "status" });
  const shown = el("code");
  const answer = el("pre", { hidden: true, tabIndex: 0, "aria-label": "Answer" }, shown);
  const command = el("code");
  const stop = el("button", { type: "button", hidden: true }, "Stop");
  const copy = el("button", { type: "button" }, "Copy");
  let running = null;

  const refresh = () => { command.textContent = curl(op, requestOf(op, fields, body)); };
  const send = async (event) => {
    event.preventDefault();
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const request = requestOf(op, fields, body);
    status.className = "status";
    status.textContent = "Sent …";
    shown.textContent = "";
    stop.hidden = false;
    const began = performance.now();
    try {
      const res = await fetch(request.url, { method: op.method.toUpperCase(), headers: request.headers, body: request.sent, signal: mine.signal });
      status.classList.add(res.ok ? "good" : "bad");
      status.textContent = `${res.status} ${res.statusText}, ${Math.round(performance.now() - began)} ms`;
      answer.hidden = res.status === 204;
      await show(res, shown);
    } catch (err) {
      if (running !== mine) return;
      status.textContent = err.name === "AbortError" ? "Stopped." : `No answer: ${err.message}`;
      status.classList.toggle("bad", err.name !== "AbortError");
    } finally {
      if (running === mine) stop.hidden = true;
    }
  };
  stop.addEventListener("click", () => running?.abort());
  copy.addEventListener("click", async () => {
    refresh();
    await navigator.clipboard.writeText(command.textContent);
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
  const out = el("form", {}, ...fields.map((f) => f.row), body?.row,
    el("div", { className: "row" }, el("button", { className: "send" }, "Send"), stop), status, answer,
    el("h3", {}, "In a shell"), el("pre", { tabIndex: 0, "aria-label": "curl" }, command), copy);
  out.addEventListener("submit", send);
  out.addEventListener("input", refresh);
  document.getElementById("world").addEventListener("input", refresh);
  refresh();
  return out;
}

/** answers lists what may come back. */
function answers(op) {
  return el("ul", { className: "answers" }, ...Object.entries(op.responses).map(([status, r]) => {
    const res = deref(r);
    const media = Object.entries(res.content ?? {})[0];
    return el("li", {}, el("strong", {}, status), " ", ...inline(res.description ?? ""), media ? el("div", {}, el("code", {}, media[0]), " ", model(media[1].schema)) : null);
  }));
}

/** operation is one entry of the page; its inside is made when it is opened. */
function operation(op) {
  const verb = el("span", { className: `verb ${op.method}` }, op.method.toUpperCase());
  const entry = el("details", { className: "op", id: op.operationId }, el("summary", {}, verb, el("span", { className: "path" }, op.path), el("span", { className: "what" }, op.summary)));
  entry.dataset.words = [op.method, op.path, op.summary, op.description ?? "", op.operationId, ...Object.keys(op.responses)].join(" ").toLowerCase();
  entry.addEventListener("toggle", () => {
    if (!entry.open || entry.querySelector(".inside")) return;
    entry.append(el("div", { className: "inside" }, el("div", { className: "prose" }, ...prose(op.description)), form(op), el("h3", {}, "Answers"), answers(op)));
  });
  return entry;
}

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let n = 0;
  for (const entry of document.querySelectorAll("details.op")) {
    entry.hidden = !words.every((w) => entry.dataset.words.includes(w));
    if (!entry.hidden) n++;
  }
  for (const section of document.querySelectorAll("section.tag")) section.hidden = !section.querySelector("details.op:not([hidden])");
  document.getElementById("found").textContent = words.length ? `${n} found` : "";
}

function openNamed() {
  const entry = document.getElementById(location.hash.slice(1));
  if (!entry?.matches("details.op")) return;
  entry.open = true;
  entry.scrollIntoView();
}

async function start() {
  spec = await (await fetch("/openapi.json")).json();
  document.getElementById("title").textContent = spec.info.title;
  document.getElementById("about").append(...prose(spec.info.description));
  const all = operations();
  const main = document.getElementById("operations");
  for (const tag of spec.tags) {
    main.append(el("section", { className: "tag", id: `tag-${tag.name}` }, el("h2", {}, tag.name), el("p", { className: "soft" }, tag.description), ...all.filter((op) => op.tags.includes(tag.name)).map(operation)));
  }
  document.getElementById("tags").append(el("ul", {}, ...spec.tags.map((tag) => el("li", {}, el("a", { href: `#tag-${tag.name}` }, tag.name)))));
  document.getElementById("loading").remove();
  document.getElementById("find").addEventListener("input", (e) => find(e.target.value));
  addEventListener("hashchange", openNamed);
  openNamed();
  const { worlds } = await (await fetch("/worlds")).json();
  document.getElementById("worlds").append(...worlds.map((w) => el("option", { value: w.id })));
}

start().catch((err) => {
  const said = document.getElementById("loading") ?? document.getElementById("operations").appendChild(el("p", { className: "bad" }));
  said.textContent = `The description could not be read: ${err.message}`;
});
