// The file that a recording is by itself: its texts and its data lie beside this script.
import { mount } from "./replay.js";

const recorded = JSON.parse(document.getElementById("recording").textContent);
const texts = JSON.parse(document.getElementById("texts").textContent);
let spoken = document.documentElement.lang;
const words = {
  say: (key, facts = {}) => (texts[spoken][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? ""),
  has: (key) => key in texts[spoken],
  language: () => spoken,
};
const head = document.createElement("header");
const title = document.createElement("h1");
const why = document.createElement("p");
const other = Object.assign(document.createElement("button"), { type: "button" });
head.append(title, why, other);
document.body.prepend(head);
const player = mount(document.getElementById("replay"), recorded, words);

function entitle() {
  document.documentElement.lang = spoken;
  document.title = title.textContent = recorded.title[spoken];
  why.textContent = words.say("replay-why");
  other.textContent = words.say("language");
}

other.addEventListener("click", () => {
  spoken = spoken === "uk" ? "en" : "uk";
  entitle();
  player.relabel();
});
entitle();
