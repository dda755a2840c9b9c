// The one sentence above the lanes. It tells what happens, and once nothing does, what is: never what was.
import { all, first } from "./lanes.js";
import { say } from "./words.js";

const SENTENCE_MS = 500; // no sentence is replaced sooner by the next job's
const DEED_MS = 4500; // what a person's own deed means stays a while
const OVERTAKEN_MS = 1800; // not so long where what came of it is known already
const REST_MS = 1500; // after so long a silence the present is told
const MISSING_MS = 1500; // so long a job waits, and the list does not hold it
const $ = (id) => document.getElementById(id);
let words = () => "";
let until = 0;
let waiting = null;
let timer = null;
let latest = null; // of what was done, the last: told, and when it was
let after = null; // is told again, after one that was before it
let sections = {};
let found = {};
let missingSince = null;

// What a person did, or what was done for a job: it stays, whatever the jobs do. That a worker was killed may be known
// only after its job was rescued: told is the one first, and the other after it.
export function deed(told, at) {
  const overtaken = latest && at < latest.at && Date.now() < until;
  after = overtaken ? latest : null;
  if (!overtaken) latest = { told, at };
  waiting = null;
  tell(told, overtaken ? OVERTAKEN_MS : DEED_MS);
}

// A job has moved. It is told as it is when its turn comes, not as it was.
export function moved(id) {
  const told = () => ofJob(all().get(id)?.facts);
  if (Date.now() >= until) return tell(told, SENTENCE_MS);
  waiting = told;
  turnLater();
}

// All that the present is told from.
export function present(nowSections, nowFound) {
  sections = nowSections;
  found = nowFound;
  if (Date.now() >= until) turnLater();
}

export function relabel() { $("said").textContent = words(); }

function tell(told, ms) {
  words = told;
  relabel();
  until = Date.now() + ms;
  turnLater();
}

function turnLater() {
  if (timer) return;
  timer = setTimeout(turn, Math.max(until - Date.now(), 0) + (waiting || after ? 0 : REST_MS));
}

function turn() {
  timer = null;
  if (Date.now() < until) return turnLater();
  if (after) { const { told } = after; after = null; return tell(told, DEED_MS); }
  if (waiting) { const told = waiting; waiting = null; return tell(told, SENTENCE_MS); }
  const next = now();
  if (next() !== $("said").textContent) { words = next; relabel(); }
  if (missingSince) turnLater();
}

export function opening() {
  const count = all().size;
  words = isIdle() || !count ? now() : () => say("said-start-again", { count });
  relabel();
  until = Date.now() + SENTENCE_MS;
}

function ofJob(job) {
  if (found.inQueue > 3 && isIdle()) return idle()();
  if (found.inQueue > 3) return say("said-many", { queue: found.inQueue, done: found.COMPLETED + found.FAILED });
  const key = { queue: "pushed", worker: job?.stray ? "stray" : "taken", done: job?.status === "FAILED" ? "failed" : "completed" }[job?.place];
  return key ? say(`said-${key}`, job) : now()();
}

const isIdle = () => sections.services && !sections.services.worker.some(({ status }) => status === "running");

// No worker works: what waits for one.
function idle() {
  const queue = sections.queue?.length ?? 0;
  const key = queue ? "said-idle" : "said-start-idle";
  return () => say(key, { queue, state: say(`service-${sections.services.worker[0]?.status ?? "exited"}`) });
}

// What is, in the order of what matters: who does not work, who has no worker, what waits.
function now() {
  const queue = sections.queue?.length ?? 0;
  const done = (found.COMPLETED ?? 0) + (found.FAILED ?? 0);
  const stray = first((job) => job.stray && job.place === "worker");
  const missing = missed(queue);
  if (sections.services?.redis.every(({ status }) => status === "exited")) return () => say("said-redis-down");
  if (sections.services?.api.every(({ status }) => status === "exited")) return () => say("said-api-down", { queue });
  if (stray) return () => say("said-stray", stray);
  if (isIdle()) return idle();
  if (missing) return () => say("said-missing", missing);
  if (queue > 3) return () => say("said-many", { queue, done });
  if (queue) return () => say(sections.queue.blocked.length ? "said-waiting" : "said-awake", { queue });
  const taken = first((job) => job.place === "worker" && !job.stray);
  if (taken) return () => say("said-taken", taken);
  if (sections.queue && !sections.queue.blocked.length) return () => say("said-awake", { queue });
  return () => (done ? say("said-rest", { done }) : say("said-start"));
}

// A job that waits in the list by all that was seen of it, while the list is empty, and has been for a while.
function missed(queue) {
  const job = queue ? null : first(({ place }) => place === "queue");
  if (!job) { missingSince = null; return null; }
  missingSince ??= Date.now();
  return Date.now() - missingSince > MISSING_MS ? job : null;
}
