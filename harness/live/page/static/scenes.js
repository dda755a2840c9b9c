// What can be seen again: one job in a window of its own, and the scenario with its two labs side by side.
import { mount } from "./replay.js";
import { post } from "./stream.js";
import { has, language, say } from "./words.js";

const $ = (id) => document.getElementById(id);
const UNDER_WAY = 409; // another page has begun it
const words = { say, has, language: () => language };
let single = null;
let both = null;
let told = null; // the latest of the scenario's section

export function prepare(current) {
  const dialog = $("replay-dialog");
  $("watch").addEventListener("click", () => watch(current()));
  $("replay-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { single?.stop(); $("watch").focus(); });
  $("scenario-run").addEventListener("click", run);
  label();
}

async function watch(job) {
  if (!job) return;
  const answer = await fetch(`/replay.json?job=${encodeURIComponent(job.id)}`);
  if (!answer.ok) return;
  const recording = await answer.json();
  $("replay-heading").textContent = recording.title[language];
  single = mount($("replay-player"), recording, words);
  $("replay-dialog").showModal();
  single.start();
}

async function run() {
  if ($("scenario-run").getAttribute("aria-disabled") === "true") return;
  const answer = await post("/scenario").catch(() => null);
  if (answer?.ok || answer?.status === UNDER_WAY) return; // the section tells how far it is
  told = { step: "failed", why: null };
  label();
}

// Each step is news: a page that was hidden may have missed the others, and "done" is of another recording then.
export async function scenario(section) {
  told = section;
  label();
  both?.stop();
  both = null;
  $("scenario-replay").replaceChildren();
  $("scenario-save").hidden = true;
  if (section.step !== "done") return;
  const answer = await fetch("/scenario.json");
  if (!answer.ok) return;
  both = mount($("scenario-replay"), await answer.json(), words);
  $("scenario-save").hidden = false;
}

function label() {
  const busy = told && !["done", "failed"].includes(told.step);
  $("scenario-run").setAttribute("aria-disabled", String(Boolean(busy)));
  $("scenario-run").textContent = say(told && !busy ? "scenario-again" : "scenario-run");
  $("scenario-step").classList.toggle("busy", Boolean(busy));
  const why = told?.why?.[language] ?? say("no-server");
  $("scenario-step").textContent = !told ? "" : busy ? say(`scenario-step-${told.step}`) : say(`scenario-${told.step}`, { why });
}

export function relabel() {
  label();
  single?.relabel();
  both?.relabel();
}
