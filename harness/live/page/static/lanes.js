// The four lanes. A job is one button all its life: it is moved from lane to lane, and the browser glides it
// there. Lanes show so many at the most; the rest is a number.
import { say } from "./words.js";

const MOST = { api: 40, queue: 40, worker: 24, done: 600 };
const FINAL = ["COMPLETED", "FAILED"];
const still = matchMedia("(prefers-reduced-motion: reduce)");
const jobs = new Map(); // id → { ...facts, button }
const lists = new Map([...document.querySelectorAll("[data-jobs]")].map((list) => [list.dataset.jobs, list]));
let chosen = null;
let onChoose = () => {};

export function whenChosen(callback) { onChoose = callback; }
export function all() { return jobs; }

export function forget() {
  for (const job of jobs.values()) job.item.remove();
  jobs.clear();
  chosen = null;
}

export function put(facts) {
  const job = jobs.get(facts.id) ?? make(facts.id);
  const before = job.facts;
  job.facts = facts;
  return before;
}

function make(id) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "job";
  button.dataset.job = id;
  button.addEventListener("click", () => choose(id));
  item.append(button);
  const job = { item, button, facts: null, lane: null };
  jobs.set(id, job);
  return job;
}

export function choose(id) {
  if (chosen) jobs.get(chosen)?.button.setAttribute("aria-pressed", "false");
  chosen = id;
  const job = jobs.get(id);
  job?.button.setAttribute("aria-pressed", "true");
  if (job) onChoose(job.facts);
}

export function current() { return chosen && jobs.get(chosen)?.facts; }

// Draw what changed: read all places first, then move, then glide from where each was.
export function draw(changed) {
  const moved = [];
  for (const id of changed) {
    const job = jobs.get(id);
    if (!job) continue;
    if (job.lane !== job.facts.place) {
      if (job.item.isConnected && !still.matches && moved.length < 80) moved.push([job, job.button.getBoundingClientRect()]);
      lists.get(job.facts.place).append(job.item);
      job.lane = job.facts.place;
    }
    label(job);
  }
  for (const name of lists.keys()) bound(name);
  for (const [job, from] of moved) glide(job.button, from);
}

export function relabel() { for (const job of jobs.values()) if (job.facts) label(job); }

function label(job) {
  const { number, action, params, place, status } = job.facts;
  const small = place === "done";
  job.button.textContent = small ? `${number}` : `${number} ${action}`;
  job.button.dataset.status = status;
  job.button.dataset.place = place;
  job.button.classList.toggle("failed", status === "FAILED");
  if (small && status === "FAILED") job.button.textContent = `✗${number}`;
  const where = say(`where-${place}`, { status: FINAL.includes(status) ? status : "" });
  job.button.setAttribute("aria-label", say("job-name", { number, action, params, where }));
}

function bound(name) {
  const list = lists.get(name);
  const items = [...list.querySelectorAll("li:not(.more)")];
  const hidden = Math.max(items.length - MOST[name], 0);
  // Of those that ended the latest are of interest; elsewhere those that came first.
  items.forEach((item, at) => { item.hidden = name === "done" ? at < hidden : at >= MOST[name]; });
  let more = list.querySelector(".more");
  if (hidden && !more) { more = document.createElement("li"); more.className = "more quiet"; }
  if (more) { more.textContent = hidden ? say("more", { count: hidden }) : ""; list.append(more); }
}

function glide(button, from) {
  const to = button.getBoundingClientRect();
  if (!to.width) return;
  button.animate(
    [{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, { transform: "none" }],
    { duration: 260, easing: "ease-out" },
  );
}

export function counts() {
  const found = { QUEUED: 0, PROCESSING: 0, COMPLETED: 0, FAILED: 0, inQueue: 0 };
  for (const { facts } of jobs.values()) {
    if (facts.status in found) found[facts.status] += 1;
    if (facts.place === "queue") found.inQueue += 1;
  }
  return found;
}
