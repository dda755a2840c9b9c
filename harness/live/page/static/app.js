// News come in any number; they are gathered, and drawn once a frame.
import * as form from "./form.js";
import * as lanes from "./lanes.js";
import * as panels from "./panels.js";
import { listen } from "./stream.js";
import { language, say, speak } from "./words.js";

const $ = (id) => document.getElementById(id);
const sections = {}; // the latest of each
const SENTENCE_MS = 500; // no sentence is replaced sooner by the next job's
const DEED_MS = 3500; // and what a person's own deed means stays a while
let waiting = [];
let connected = null;
let wanted = null; // a job that was just sent, to be shown as soon as it is known
let toldAt = 0;
let sentence = () => "";

function draw() {
  const news = waiting;
  waiting = [];
  const changed = new Set();
  const told = [];
  let whole = false;
  let happened = null;
  for (const { anew, jobs, lines, sections: some } of news) {
    if (anew) lanes.forget();
    for (const job of jobs) {
      const before = lanes.put(job);
      changed.add(job.id);
      if (!anew && before?.place !== job.place) told.push(job);
    }
    if (lines.length || anew) panels.log(lines, anew);
    Object.assign(sections, some);
    if (some.queue) panels.queue(some.queue);
    if (some.services) panels.services(some.services);
    if (some.answers) panels.answers(some.answers);
    if (some.happened && !anew) happened = some.happened.what;
    whole ||= anew;
  }
  lanes.draw(changed, whole);
  panels.workers();
  const found = panels.tally();
  if (wanted && lanes.all().has(wanted)) { lanes.choose(wanted); wanted = null; }
  const job = lanes.current();
  if (job && changed.has(job.id)) panels.detail(job, false);
  if (whole) tell(opening());
  else if (happened) tell(() => say(`said-${happened}`), true);
  else narrate(told, found);
}

function tell(words, deed = false) {
  sentence = words;
  $("said").textContent = sentence();
  toldAt = Date.now() + (deed ? DEED_MS : 0);
}

// The first sentence of a page, by what it finds.
function opening() {
  const count = lanes.all().size;
  const all = sections.services?.worker ?? [];
  if (all.length && !all.some(({ status }) => status === "running")) {
    return () => say("said-start-idle", { state: say(`service-${all[0].status}`) });
  }
  return () => (count ? say("said-start-again", { count }) : say("said-start"));
}

// What happened, in a sentence; of many things at once, that they were many. A screen reader hears the same.
function narrate(told, found) {
  if (!told.length || Date.now() - toldAt < SENTENCE_MS) return;
  const job = told.at(-1);
  const words = { queue: "pushed", worker: "taken", done: job.status === "FAILED" ? "failed" : "completed" }[job.place];
  if (found.inQueue > 3) tell(() => say("said-many", { queue: found.inQueue, done: found.COMPLETED + found.FAILED }));
  else if (words) tell(() => say(`said-${words}`, job));
}

function state(on) {
  connected = on;
  $("connection").textContent = say(on ? "connected" : "disconnected");
  $("connection").classList.toggle("lost", !on);
}

async function changeLanguage() {
  await speak(language === "uk" ? "en" : "uk");
  form.relabel();
  lanes.relabel();
  panels.relabel();
  if (connected !== null) state(connected);
  if (sections.queue) panels.queue(sections.queue);
  if (sections.services) panels.services(sections.services);
  panels.workers();
  panels.detail(lanes.current(), false);
  $("said").textContent = sentence();
}

form.prepare((id) => { wanted = id; });
lanes.whenChosen((job) => panels.detail(job, true));
await speak(language);
form.ask();
$("language").addEventListener("click", changeLanguage);
listen((news) => {
  waiting.push(news);
  if (waiting.length > 1) return;
  if (document.hidden) setTimeout(draw, 0); // there are no frames where nobody looks
  else requestAnimationFrame(draw);
}, state);
window.lab6 = { lags: panels.lags, jobs: lanes.all };
