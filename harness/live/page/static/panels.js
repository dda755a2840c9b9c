// What stands beside the lanes: the list's messages, the services' states, the log, one job in detail.
import { perform } from "./form.js";
import { findingLines } from "./replay.js";
import { clock, language, say } from "./words.js";
import { counts, inHand, named, whereIs } from "./lanes.js";

const MOST_LINES = 250;
const MOST_MESSAGES = 2;
const JUDGED = ["received", "processing", "completed", "failed", "redelivered", "started"]; // other lines have no rule
const MOST_WORKERS = 8;
const rows = new Map(); // a worker's name → its row
let replicas = [];
let asleep = 0; // clients that Redis holds in a blocking command
const $ = (id) => document.getElementById(id);
const shown = new WeakMap(); // a row of the log → its line
export const lags = []; // ms from a line's own time to its being drawn; the tests read them

export function queue({ length, messages, blocked }) {
  asleep = blocked.length;
  $("queue-length").textContent = say("messages", { count: length });
  $("messages").replaceChildren(...messages.slice(0, MOST_MESSAGES).map((message) => {
    const item = element("li", "", message);
    item.title = message;
    item.classList.toggle("odd", message.split("|").length !== 4);
    return item;
  }), ...(length > MOST_MESSAGES ? [element("li", "quiet", say("more", { count: length - MOST_MESSAGES }))] : []));
  if (!length) $("messages").append(element("li", "quiet", say("empty")));
  $("blocked").textContent = blocked.length ? say("waiting-blocked", { count: `${blocked.length} (${[...new Set(blocked)].join(", ").toUpperCase()})` }) : say("waiting-nobody");
}

export function answers(all) {
  $("answers").replaceChildren(...all.toReversed().map(({ status, ms, action }) => {
    const item = element("li", "");
    item.append(element("b", status < 300 ? "good" : "odd", String(status)), ` · ${say("milliseconds", { ms })} · ${action}`);
    return item;
  }));
}

// Each worker by itself: with a job in hand, or asleep if Redis holds as many as have none (a paused one is held
// as well). One alone has no name in its log. A row stays as long as its worker does: the keyboard may stand on it.
export function workers() {
  const busy = inHand();
  const free = replicas.filter(({ status }) => status !== "exited").length - busy.size;
  const sleep = asleep >= free ? "worker-asleep" : "worker-awake";
  const key = JSON.stringify([replicas, [...busy].map(([name, { number }]) => [name, number]), language, sleep]);
  if ($("replicas").dataset.key === key) return;
  $("replicas").dataset.key = key;
  for (const [name, row] of rows) if (!replicas.some((one) => one.name === name)) { row.item.remove(); rows.delete(name); }
  for (const one of replicas) {
    const job = busy.get(one.name) ?? (replicas.length === 1 ? busy.get("") : undefined);
    const doing = one.status !== "running" ? `service-${one.status}` : job ? "worker-busy" : sleep;
    const row = rows.get(one.name) ?? replica(one);
    row.number = one.replica; // another's by now, where one before it has gone
    row.item.className = one.status === "running" && job ? "busy" : one.status;
    row.doing.textContent = say(doing, job ?? {});
    row.kill.textContent = say("kill-one");
    row.kill.setAttribute("aria-label", say("kill-one-name", { name: row.short }));
    row.kill.setAttribute("aria-disabled", String(one.status === "exited"));
  }
}

function replica({ name }) {
  const short = name.replace(/^.*(worker-\d+)$/, "$1");
  const row = { short, item: element("li", ""), doing: element("span", ""), kill: element("button", "kill") };
  row.kill.type = "button";
  row.kill.dataset.act = "kill-worker";
  row.kill.addEventListener("click", () => perform("kill-worker", { number: row.number, name: short }));
  row.item.append(element("b", "", short), row.doing, row.kill);
  $("replicas").append(row.item);
  rows.set(name, row);
  return row;
}

export function services(states) {
  replicas = states.worker;
  for (const [name, all] of Object.entries(states)) {
    const running = all.filter(({ status }) => status === "running").length;
    const worst = running ? "running" : all.some(({ status }) => status === "paused") ? "paused" : "exited";
    showState(name, worst, all.length > 1 ? say("replicas", { running, all: all.length }) : say(`service-${worst}`));
  }
  const all = (status) => replicas.filter((one) => one.status === status).length;
  able("pause-worker", all("running"));
  able("unpause-worker", all("paused"));
  able("start-worker", all("exited"));
  able("add-worker", all("running") === replicas.length && replicas.length < MOST_WORKERS);
  able("remove-worker", all("running") === replicas.length && replicas.length > 1);
}

// The page has lost its server: of nothing is known whether it still runs.
export function unknown() {
  for (const name of ["api", "redis", "worker", "postgres"]) showState(name, "unknown", say("service-unknown"));
}

function showState(name, worst, text) {
  const place = document.querySelector(`[data-state=${name}]`);
  place.className = `state ${worst}`;
  place.textContent = text;
  place.closest(".lane").classList.toggle("dead", worst === "exited" || worst === "unknown");
}

// A button that would do nothing now looks so; pressed all the same, it says why.
function able(act, can) {
  document.querySelector(`[data-act=${act}]`).setAttribute("aria-disabled", String(!can));
}

// The one cause of what went wrong, above everything else.
export function finding(told) {
  const box = $("finding");
  box.hidden = !told;
  box.replaceChildren(...(told ? findingLines(told[language], say) : []));
}

export function tally() {
  const found = counts();
  const key = JSON.stringify(found);
  if ($("counts").dataset.key === key) return found;
  $("counts").dataset.key = key;
  $("counts").replaceChildren(...["QUEUED", "PROCESSING", "COMPLETED", "FAILED"].map((status) => {
    const one = element("span", "", status);
    one.append(" ", element("b", "", String(found[status])));
    one.dataset.count = status;
    return one;
  }));
  return found;
}

export function log(lines, anew) {
  const list = $("log");
  if (anew) list.replaceChildren(...(lines.length ? [] : [nothing()]));
  else list.querySelector(".nothing")?.remove();
  const below = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(...lines.map(row));
  while (list.childElementCount > MOST_LINES) list.firstElementChild.remove();
  if (below) list.scrollTop = list.scrollHeight;
  if (!anew) for (const { time } of lines) if (time) lags.push(Date.now() - time * 1000);
  lags.splice(0, Math.max(lags.length - 2000, 0));
}

function row(line) {
  const { text, kind, time, broken } = line;
  const item = element("li", kind || "noise");
  item.classList.toggle("broken", broken.length > 0);
  const judged = JUDGED.includes(kind);
  const mark = element("span", "mark", broken.length ? "✗" : judged ? "✓" : "·");
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", broken.length ? say("rule-broken") : judged ? say("rule-holds") : "–");
  const body = element("span", "text", text);
  body.append(...broken.map((sentences) => element("span", "rule", sentences[language])));
  item.append(element("time", "", time ? clock(time) : ""), mark, body);
  shown.set(item, line);
  return item;
}

// The log again, in the language of now.
export function relabel() {
  const list = $("log");
  const place = list.scrollTop;
  list.replaceChildren(...[...list.children].map((item) => (shown.has(item) ? row(shown.get(item)) : nothing())));
  list.scrollTop = place;
}

function nothing() { return element("li", "noise nothing", say("log-empty")); }

export function detail(job, fresh) {
  $("detail-none").hidden = Boolean(job);
  $("detail-body").hidden = !job;
  if (!job) return;
  const where = whereIs(job);
  $("detail-name").textContent = `${say("job-name", { ...job, action: named(job), where })}. ${job.id}. ${job.error}`;
  $("way").replaceChildren(...job.marks.map(({ witness, what, time }) => {
    const item = element("li", "");
    item.append(element("time", "", clock(time)), element("span", "", `${say(`witness-${witness}`)}: ${what}`));
    return item;
  }));
  for (const which of ["before", "after"]) describe($(which), which, job);
  show("before", job, fresh);
  if (job.place === "done" || fresh) show("after", job, fresh || job.status === "COMPLETED");
}

function describe(image, which, job) {
  image.alt = `${say(which)}: ${job.number}`;
  const none = image.nextElementSibling;
  if (none.textContent) none.textContent = say("no-picture");
}

function show(which, job, fresh) {
  const image = $(which);
  const wanted = which === "after" && job.status !== "COMPLETED" ? "" : `/picture/${job.id}/${which}`;
  const none = image.nextElementSibling;
  if (image.getAttribute("src") === wanted && !fresh) return;
  image.hidden = !wanted;
  none.textContent = wanted ? "" : say("no-picture");
  image.onerror = () => { image.hidden = true; none.textContent = say("no-picture"); };
  if (wanted) image.src = wanted; else image.removeAttribute("src");
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
