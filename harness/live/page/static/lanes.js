// The four lanes. A job is one button all its life, and moves from lane to lane. Lanes show so many at the
// most, the rest is a number; the page remembers as many jobs as the server does.
import { between, calm, fly } from "./sky.js";
import { language, say } from "./words.js";

const MOST = { api: 9, queue: 7, worker: 9, done: 360 };
const CLEARED = 60; // of those that ended so many leave the page together: each leave moves all that stay
const REMEMBERED = 2000;
const FINAL = ["COMPLETED", "FAILED"];
const jobs = new Map(); // id → { item, button, facts, lane }
const lists = new Map([...document.querySelectorAll("[data-jobs]")].map((list) => [list.dataset.jobs, list]));
let chosen = null;
let onChoose = () => {};

export function whenChosen(callback) { onChoose = callback; }
export function all() { return jobs; }
export function current() { return chosen && jobs.get(chosen)?.facts; }

// Remember what is new of a job; what was known before.
export function put(facts) {
  const job = jobs.get(facts.id) ?? make(facts.id);
  const before = job.facts;
  job.facts = facts;
  if (jobs.size > REMEMBERED) drop(jobs.keys().next().value);
  return before;
}

function make(id) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "job";
  button.tabIndex = -1;
  button.dataset.job = id;
  button.setAttribute("aria-pressed", String(id === chosen));
  button.addEventListener("click", () => { choose(id); reveal(); });
  item.append(button);
  const job = { item, button, facts: null, lane: null };
  jobs.set(id, job);
  return job;
}

function drop(id) {
  jobs.get(id).item.remove();
  jobs.delete(id);
}

// A message whose job is in no table is in no lane, either.
function leave(id) {
  const job = jobs.get(id);
  if (job?.facts.place !== "nowhere") return;
  drop(id);
  if (!job.lane) return;
  bound(job.lane);
  stopIn(lists.get(job.lane));
}

export function choose(id) {
  if (chosen) jobs.get(chosen)?.button.setAttribute("aria-pressed", "false");
  chosen = id;
  const job = jobs.get(id);
  job?.button.setAttribute("aria-pressed", "true");
  if (job) onChoose(job.facts);
}

// Draw what changed: all places read, then all moves, then all places read again, then the flights.
export function draw(changed, anew) {
  const quiet = anew || calm();
  for (const id of changed) leave(id);
  const moved = [...changed].map((id) => jobs.get(id)).filter((job) => job && job.lane !== job.facts.place);
  const starts = quiet ? [] : moved.map((job) => [job, job.lane ?? "api", placeOf(job)]);
  const focused = document.activeElement;
  const touched = new Set();
  for (const job of moved) {
    job.button.tabIndex = -1;
    touched.add(job.lane ?? job.facts.place).add(job.facts.place);
    job.lane = job.facts.place;
    lists.get(job.lane).append(job.item);
  }
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  for (const id of changed) if (jobs.has(id)) label(jobs.get(id));
  for (const name of touched) { bound(name); stopIn(lists.get(name)); }
  const flights = starts.map(([job, from, start]) => {
    const over = between(from, job.lane);
    return [job.button, [from, ...over, job.lane], [start, ...over.map(doorOf), job.item.hidden ? new DOMRect() : placeOf(job)]];
  });
  for (const flight of flights) fly(...flight);
}

// Where it stands; at the lower edge of its list where that hides it.
function placeOf(job) {
  const list = doorOf(job.lane ?? "api");
  const place = job.item.isConnected && job.button.getBoundingClientRect();
  if (!place || !place.width) return list;
  return new DOMRect(place.x, Math.min(place.y, Math.max(list.bottom - place.height, list.y)), place.width, place.height);
}

function doorOf(lane) { return lists.get(lane).getBoundingClientRect(); }

export function relabel() {
  for (const job of jobs.values()) if (job.facts) label(job);
  for (const name of lists.keys()) bound(name);
}

// The keyboard stops once in a lane, at one job; the arrow keys go on from there.
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
for (const list of lists.values()) {
  list.addEventListener("keydown", (event) => {
    const here = seen(list);
    const at = here.indexOf(document.activeElement);
    const to = { Home: 0, End: here.length - 1 }[event.key] ?? at + (STEPS[event.key] ?? 0);
    if (at < 0 || !(to in here) || to === at) return;
    event.preventDefault();
    stopIn(list, here[to]);
    here[to].focus();
  });
  list.addEventListener("focusin", ({ target }) => { if (target.matches(".job")) stopIn(list, target); });
}

function seen(list) { return [...list.querySelectorAll("li:not([hidden]) > .job")]; }

function stopIn(list, wanted = null) {
  const now = list.querySelector(".job[tabindex='0']");
  if (!wanted && now && !now.parentElement.hidden) return;
  const here = wanted ? [wanted] : seen(list);
  const next = here.includes(document.activeElement) ? document.activeElement : here.at(list === lists.get("done") ? -1 : 0);
  if (now && now !== next) now.tabIndex = -1;
  if (next) next.tabIndex = 0;
}

// On a phone what a job looks like stands far below it.
function reveal() {
  if (!matchMedia("(max-width: 34rem)").matches) return;
  document.getElementById("detail").scrollIntoView({ behavior: calm() ? "auto" : "smooth" });
}

export const named = ({ action, params }) => [action, params].filter(Boolean).join(" ");
export const whereIs = ({ place, status, stray }) => (stray && place === "worker" ? say("where-stray") : say(`where-${place}`, { status: FINAL.includes(status) ? status : "" }));

function label({ button, facts }) {
  const { number, place, status, stray, picture } = facts;
  const failed = status === "FAILED";
  const key = [place, status, named(facts), stray, picture, language].join();
  if (button.dataset.key === key) return;
  button.dataset.key = key;
  const text = document.createElement("span");
  text.textContent = `${failed ? "✗" : stray ? "⚠" : ""}${number}`;
  button.replaceChildren(...(picture ? [shown(button, picture)] : []), text);
  button.title = named(facts);
  button.dataset.status = status;
  button.classList.toggle("failed", failed);
  button.classList.toggle("stray", stray && place === "worker");
  button.setAttribute("aria-label", say("job-name", { number, action: named(facts), where: whereIs(facts) }));
}

// The small picture of what was sent: the chip carries it all its way.
function shown(button, picture) {
  const known = button.querySelector("img");
  if (known?.dataset.picture === picture) return known;
  const image = Object.assign(document.createElement("img"), { src: `/thumb/${picture}`, alt: "", width: 34, height: 24 });
  image.dataset.picture = picture;
  return image;
}

// So many are shown; of the list also the last one, which is its tail.
function bound(name) {
  const list = lists.get(name);
  if (name === "done") return boundDone(list);
  let more = list.querySelector(".more");
  more?.remove();
  const count = list.childElementCount;
  const beyond = count - MOST[name];
  let at = 0;
  for (const item of list.children) {
    const hidden = beyond > 0 && at >= MOST[name] - 1 && at < count - 1;
    if (item.hidden !== hidden) item.hidden = hidden;
    at += 1;
  }
  if (beyond <= 0) return;
  more ??= Object.assign(document.createElement("li"), { className: "more quiet" });
  more.textContent = say("more", { count: beyond });
  list.insertBefore(more, list.lastElementChild);
}

// The latest stand at the end, where new ones move nobody, and are kept in sight.
function boundDone(list) {
  if (list.childElementCount > MOST.done) for (let n = 0; n < CLEARED; n += 1) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

export function counts() {
  const found = { QUEUED: 0, PROCESSING: 0, COMPLETED: 0, FAILED: 0, inQueue: 0 };
  for (const { facts } of jobs.values()) {
    if (facts.status in found) found[facts.status] += 1;
    if (facts.place === "queue") found.inQueue += 1;
  }
  return found;
}

// The job that each worker has in hand, by the name of its log's stream.
export function inHand() {
  const found = new Map();
  for (const { facts } of jobs.values()) if (facts.place === "worker" && !facts.stray) found.set(facts.worker, facts);
  return found;
}

// The first job that matches; by number, for a sentence about it.
export function first(matches) {
  for (const { facts } of jobs.values()) if (matches(facts)) return facts;
  return null;
}
