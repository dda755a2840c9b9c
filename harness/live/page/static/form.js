// The upload form and the buttons.
import { post } from "./stream.js";
import { language, say } from "./words.js";

const ACTS = {
  jobs: ["burst-20", "burst-200"],
  worker: ["pause-worker", "unpause-worker", "kill-worker", "start-worker", "add-worker", "remove-worker"],
  redis: ["restart-redis", "push-malformed"],
};
const $ = (id) => document.getElementById(id);
const told = new Map(); // a place → what stands there, to be said again in another language
let picture = null;

export function prepare(onSent) {
  for (const [name, acts] of Object.entries(ACTS)) $("buttons").append(group(name, acts));
  $("action").addEventListener("change", ask);
  $("file").addEventListener("change", () => take($("file").files[0]));
  const drop = $("drop");
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  // A picture that misses the frame must not replace the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
  drop.addEventListener("drop", (event) => take(event.dataTransfer.files[0]));
  $("form").addEventListener("submit", (event) => { event.preventDefault(); send(onSent); });
}

function group(name, acts) {
  const title = Object.assign(document.createElement("h3"), { id: `group-${name}` });
  title.dataset.text = `group-${name}`;
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  buttons.append(...acts.map((act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.act = act;
    button.dataset.text = `do-${act}`;
    button.addEventListener("click", () => perform(act));
    return button;
  }));
  const all = document.createElement("div");
  all.setAttribute("role", "group");
  all.setAttribute("aria-labelledby", title.id);
  all.append(title, buttons);
  return all;
}

export function ask() {
  const action = $("action").value;
  $("params").disabled = action === "grayscale";
  $("params").placeholder = say(action === "grayscale" ? "params-none" : `params-${action}`);
}

function take(file) {
  if (!file) return;
  picture = file;
  const preview = $("preview");
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(file);
  preview.hidden = false;
  tell($("answer"), () => file.name);
}

async function send(onSent) {
  if (!picture) return tell($("answer"), () => say("no-file"), true);
  tell($("answer"), () => say("sending"));
  const form = new FormData();
  form.append("image", picture);
  form.append("action", $("action").value);
  form.append("params", $("action").value === "grayscale" ? "" : $("params").value.trim());
  try {
    const { problem, status, error, job_id: job } = await (await post("/submit", form)).json();
    if (problem) return tell($("answer"), () => problem[language], true);
    if (!job) return tell($("answer"), () => say("refused", { status, error: error ?? "" }), true);
    tell($("answer"), () => say("sent", { status, job }));
    onSent(job.toLowerCase());
  } catch { tell($("answer"), () => say("no-server"), true); }
}

async function perform(act) {
  const what = () => say(`do-${act}`);
  tell($("doing"), () => say("doing", { what: what() }));
  try {
    const { problem } = await (await post(`/act/${act}`)).json();
    if (problem) tell($("doing"), () => say("did-not", { what: what(), why: problem[language] }), true);
    else tell($("doing"), () => say("did", { what: what() }));
  } catch { tell($("doing"), () => say("did-not", { what: what(), why: say("no-server") }), true); }
}

function tell(place, sentence, bad = false) {
  told.set(place, sentence);
  place.textContent = sentence();
  place.classList.toggle("bad", bad);
}

export function relabel() {
  ask();
  for (const [place, sentence] of told) place.textContent = sentence();
}
