// News come in any number; they are gathered, and drawn once a frame.
import * as form from "./form.js";
import * as lanes from "./lanes.js";
import * as panels from "./panels.js";
import * as scenes from "./scenes.js";
import * as sentence from "./sentence.js";
import { listen } from "./stream.js";
import { has, language, say, speak } from "./words.js";

const $ = (id) => document.getElementById(id);
const ARROWS = { api: "insert", queue: "rpush", worker: "blpop", done: "update" };
const LIT_MS = 700;
const DRAWN = { queue: panels.queue, services: panels.services, answers: panels.answers, finding: panels.finding, scenario: scenes.scenario };
const sections = {}; // the latest of each
let waiting = [];
let connected = null;
let wanted = null; // a job that was just sent, to be shown as soon as it is known

function draw() {
  const news = waiting;
  waiting = [];
  const changed = new Set();
  const told = [];
  let whole = false;
  const happenings = [];
  for (const { anew, jobs, lines, happened, sections: some } of news) {
    for (const job of jobs) {
      const before = lanes.put(job);
      changed.add(job.id);
      if (!anew && before?.place !== job.place) told.push(job);
    }
    if (lines.length || anew) panels.log(lines, anew);
    Object.assign(sections, some);
    for (const [name, drawn] of Object.entries(DRAWN)) if (name in some) drawn(some[name]);
    if (some.answers && !anew) light(["post", "answer"]);
    if (!anew) happenings.push(...happened.filter((one) => has(saying(one))));
    whole ||= anew;
  }
  lanes.draw(changed, whole);
  light(told.map(({ place }) => ARROWS[place]));
  panels.workers();
  const found = panels.tally();
  if (wanted && lanes.all().has(wanted)) { lanes.choose(wanted); wanted = null; }
  const job = lanes.current();
  if (job && changed.has(job.id)) panels.detail(job, false);
  sentence.present(sections, found);
  if (whole) sentence.opening();
  else if (happenings.length) for (const one of happenings) sentence.deed(() => say(saying(one), one), one.at);
  else if (told.length) sentence.moved(told.at(-1).id);
}

// One of several workers that was killed is told by its number.
const saying = ({ what, left }) => (what === "kill-worker" && left > 0 ? "said-kill-one" : `said-${what}`);

// The arrows over which something has just gone.
function light(arrows) {
  for (const name of new Set(arrows)) {
    const arrow = document.querySelector(`#lanes [data-arrow=${name}]`);
    if (!arrow) continue;
    arrow.classList.add("lit");
    clearTimeout(arrow.out);
    arrow.out = setTimeout(() => arrow.classList.remove("lit"), LIT_MS);
  }
}

function state(on) {
  connected = on;
  $("connection").textContent = say(on ? "connected" : "disconnected");
  $("connection").classList.toggle("lost", !on);
  if (!on) panels.unknown();
  else if (sections.services) panels.services(sections.services);
}

async function changeLanguage() {
  await speak(language === "uk" ? "en" : "uk");
  form.relabel();
  lanes.relabel();
  panels.relabel();
  scenes.relabel();
  for (const name of ["queue", "services", "answers", "finding"]) if (name in sections) DRAWN[name](sections[name]);
  if (connected !== null) state(connected);
  panels.workers();
  panels.detail(lanes.current(), false);
  sentence.relabel();
}

form.prepare((id) => { wanted = id; });
lanes.whenChosen((job) => panels.detail(job, true));
await speak(language);
form.ask();
scenes.prepare(lanes.current);
$("language").addEventListener("click", changeLanguage);
listen((news) => {
  waiting.push(news);
  if (waiting.length > 1) return;
  if (document.hidden) setTimeout(draw, 0); // there are no frames where nobody looks
  else requestAnimationFrame(draw);
}, state);
window.lab6 = { lags: panels.lags, jobs: lanes.all };
