// The upload form and the buttons.
import { post } from "./stream.js";
import { language, say } from "./words.js";

const $ = (id) => document.getElementById(id);
const told = new Map(); // a place → what stands there, to be said again in another language
let picture = null;

export function prepare(onSent) {
  for (const group of document.querySelectorAll("[data-acts]")) group.append(...group.dataset.acts.split(" ").map(button));
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

function button(act) {
  const made = Object.assign(document.createElement("button"), { type: "button" });
  made.dataset.act = act;
  made.dataset.text = `do-${act}`;
  made.addEventListener("click", () => perform(act));
  return made;
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

// ``replica``: the worker that is meant, by number and name, where it is one of several.
export async function perform(act, replica = null) {
  const what = () => (replica ? say("kill-one-name", replica) : say(`do-${act}`));
  tell($("doing"), () => say("doing", { what: what() }));
  try {
    const { problem } = await (await post(`/act/${act}${replica ? `?replica=${replica.number}` : ""}`)).json();
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
