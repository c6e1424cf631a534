"use strict";

const byID = (id) => document.getElementById(id);
const numberFields = ["max_new_tokens", "sampling_temperature", "sampling_topk", "sampling_topp", "repetition_penalty"];
const statusPause = 2000;
let running = null;

// The body: a list of one prompt, because the events of a list are JSON and tell metadata from text.
function requestBody() {
  const body = { text: [byID("prompt").value], consumer_group: byID("consumer_group").value, return_metadata: true };
  for (const name of numberFields) body[name] = Number(byID(name).value);
  // A seed has 64 bits, more than a number of this language holds, so it is put into the JSON as it was typed.
  const seed = byID("seed").value.trim();
  const json = JSON.stringify(body);
  return /^\d+$/.test(seed) ? `${json.slice(0, -1)},"seed":${seed.replace(/^0+(?=\d)/, "")}}` : json;
}

// The events of a response's body, one object each.
async function* events(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n").filter((line) => line.startsWith("data: "));
      text = text.slice(end + 2);
      if (lines.length > 0) yield JSON.parse(lines.map((line) => line.slice(6)).join("\n"));
    }
  }
}

async function failure(response) {
  const text = await response.text();
  let message = text;
  try {
    message = JSON.parse(text).error.message;
  } catch { /* Not one of our error bodies: the text says more than nothing. */ }
  const retry = response.headers.get("retry-after");
  return `${response.status}: ${message || response.statusText}${retry ? ` (try again in ${retry} s)` : ""}`;
}

function showError(message) {
  byID("error").textContent = message;
  byID("error").hidden = !message;
}

// Tokens, rate and time to first token, while they change and at the end.
class Figures {
  constructor() {
    this.start = performance.now();
    this.first = null;
    this.count = 0;
    for (const id of ["tokens", "rate", "first", "ending"]) byID(id).textContent = "–";
  }

  token() {
    this.count += 1;
    this.last = performance.now();
    this.first ??= this.last;
    this.show();
  }

  // An event may complete a character of several tokens, so the server's own count decides in the end.
  end(metadata) {
    this.count = metadata.generated_tokens;
    this.show();
    byID("ending").textContent = metadata.finish_reason === "eos_token" ? "end of text" : "length";
  }

  show() {
    byID("tokens").textContent = String(this.count);
    if (this.first === null) return;
    byID("first").textContent = `${((this.first - this.start) / 1000).toFixed(2)} s`;
    const seconds = (this.last - this.first) / 1000;
    if (seconds > 0) byID("rate").textContent = ((this.count - 1) / seconds).toFixed(1);
  }
}

function setRunning(controller) {
  running = controller;
  byID("generate").disabled = controller !== null;
  byID("stop").disabled = controller === null;
  byID("answer").setAttribute("aria-busy", String(controller !== null));
}

async function generate() {
  if (running) return;
  const controller = new AbortController();
  setRunning(controller);
  showError("");
  const answer = byID("answer");
  const given = document.createElement("span");
  given.className = "given";
  given.textContent = byID("prompt").value;
  const text = document.createTextNode("");
  answer.replaceChildren(given, text);
  const figures = new Figures();
  try {
    const response = await fetch("/generate_stream", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: requestBody(), signal: controller.signal,
    });
    if (!response.ok) return showError(await failure(response));
    let ended = false;
    for await (const event of events(response)) {
      const follows = answer.scrollHeight - answer.scrollTop - answer.clientHeight < 40;
      if (event.text) {
        text.appendData(event.text);
        figures.token();
      }
      if (event.metadata) {
        figures.end(event.metadata);
        ended = true;
      }
      if (follows) answer.scrollTop = answer.scrollHeight;
    }
    if (!ended) showError("The answer ended early.");
  } catch (error) {
    if (controller.signal.aborted) byID("ending").textContent = "stopped";
    else showError(`The connection broke off: ${error.message}`);
  } finally {
    setRunning(null);
  }
}

function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null));
  return node;
}

const note = (text, kind = "") => (text ? element("p", `note ${kind}`, text) : null);
const stateKind = (state) => (state === "serving" ? "good" : state === "failed" ? "bad" : "busy");
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

function rankBox(rank) {
  const total = rank.compute_seconds + rank.wait_seconds;
  const box = element(
    "div", `rank ${rank.state === "loading" ? "" : "good"}`,
    element("strong", "", `rank ${rank.rank}`), ` ${rank.state}`, note(`pid ${rank.pid}`));
  if (total > 0) {
    const share = rank.compute_seconds / total;
    const meter = element("meter", "");
    meter.value = share;
    meter.setAttribute("aria-label", `rank ${rank.rank}: share of time computing`);
    box.append(meter, note(`${Math.round(share * 100)} % computing`));
  }
  return box;
}

function readerBox(name, reader) {
  const layout = reader.layout;
  const facts = [
    `tensor parallel ${layout.tensor_parallel}`, layout.tensor_parallel > 1 ? `transport ${layout.transport}` : null,
    `${plural(layout.threads_per_rank, "thread")} a rank`, layout.quant_type,
    `${reader.active_sequences} of ${layout.max_batch_size} sequences`, `${reader.tokens} tokens drawn`,
    reader.restarts > 0 ? plural(reader.restarts, "restart") : null,
  ];
  const ready = reader.state === "serving" && !reader.ready ? "serving, not ready" : reader.state;
  return element(
    "article", "reader",
    element("div", "title", element("strong", "", name),
      element("span", `state ${reader.ready ? "good" : stateKind(ready)}`, ready)),
    note(reader.model_name), note(facts.filter((fact) => fact).join(" · ")),
    note(reader.state_reason, "bad"), reader.last_error ? note(`last error: ${reader.last_error}`, "bad") : null,
    element("div", "ranks", ...reader.ranks.map(rankBox)));
}

// Written only when it changes, so that screen readers say it once.
function summarize(text) {
  if (byID("summary").textContent !== text) byID("summary").textContent = text;
}

function showLayout(status) {
  const readers = { ...status.dead_readers, ...status.live_readers };
  const groups = Object.entries(status.consumer_groups).map(([name, group]) => element(
    "div", "group",
    element("div", "title", element("strong", "", name),
      element("span", "note", `queue ${group.queue_depth} of ${group.queue_limit}`)),
    ...(group.readers.length > 0 ? group.readers.map((id) => readerBox(id, readers[id])) : [note("no reader")])));
  byID("layout").replaceChildren(...(groups.length > 0 ? groups : [note("No consumer group yet.")]));
  const live = Object.keys(status.live_readers).length;
  const total = Object.keys(readers).length;
  summarize(`${live} of ${plural(total, "reader")} ready${status.is_draining ? ", shutting down" : ""}`);
  offerGroups(Object.keys(status.consumer_groups));
}

function offerGroups(names) {
  const select = byID("consumer_group");
  const offered = [...select.options].map((option) => option.value);
  if (names.length === 0 || names.join("\n") === offered.join("\n")) return;
  const chosen = select.value;
  select.replaceChildren(...names.map((name) => new Option(name, name, false, name === chosen)));
}

async function refresh() {
  try {
    if (document.hidden) return;
    const response = await fetch("/status", { signal: AbortSignal.timeout(5000) });
    if (!response.ok) throw new Error(await failure(response));
    showLayout(await response.json());
  } catch (error) {
    summarize(`The server does not answer (${error.message}).`);
  } finally {
    setTimeout(refresh, statusPause);
  }
}

byID("form").addEventListener("submit", (event) => {
  event.preventDefault();
  generate();
});
byID("stop").addEventListener("click", () => running?.abort());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") running?.abort();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byID("form").requestSubmit();
});
refresh();
