"use strict";
// The group's page: sort, search, filter. What is chosen stands in the address, so that it outlives a renewal.
const rows = [...document.querySelectorAll("#table tbody tr")];
const body = document.querySelector("#table tbody");
const [search, kind, check, found] = ["search", "kind", "check", "found"].map((id) => document.getElementById(id));
const letters = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
const order = { no: 0, none: 1, unknown: 2, waiting: 3, ok: 4 };
const state = { sort: "owner", down: "", q: "", kind: "", check: "", ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
const fold = (text) => text.normalize("NFC").toLocaleLowerCase().replace(/[’ʼ`´‘]/g, "'");
// Names are compared once: a locale's order is what sorting costs.
const places = new Map([...rows].sort((a, b) => letters.compare(a.dataset.owner, b.dataset.owner)).map((row, place) => [row, place]));
const texts = new Map(rows.map((row) => [row, fold(row.querySelector(".who").textContent)]));

function fits(row) {
  if (state.kind === "unjudged" ? !(Number(row.dataset.unjudged) > 0) : state.kind && row.dataset.kind !== state.kind) return false;
  if (state.check && !row.dataset.fails.split(" ").includes(state.check)) return false;
  return texts.get(row).includes(fold(state.q));
}

function compared(a, b) {
  if (state.sort === "owner") return places.get(a) - places.get(b);
  const [x, y] = [a, b].map((row) => row.getAttribute("data-" + state.sort) ?? "");
  if (state.sort === "kind") return order[x] - order[y];
  return (x === "" ? -1 : Number(x)) - (y === "" ? -1 : Number(y));
}

function show() {
  const sign = state.down ? -1 : 1;
  rows.sort((a, b) => sign * compared(a, b) || places.get(a) - places.get(b));
  let count = 0;
  for (const row of rows) {
    row.hidden = !fits(row);
    count += row.hidden ? 0 : 1;
  }
  body.replaceChildren(...rows);
  found.textContent = found.dataset.text.replace("#", count);
  for (const button of document.querySelectorAll("[data-sort]")) {
    const head = button.closest("th");
    if (button.dataset.sort === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  for (const button of document.querySelectorAll("[data-check]")) {
    const chosen = button.dataset.check === state.check;
    button.setAttribute("aria-pressed", String(chosen));
    if (chosen) check.textContent = "✗ " + button.querySelector(".name").textContent + " ×";
  }
  check.hidden = !state.check;
  const kept = Object.entries(state).filter(([, value]) => value);
  history.replaceState(null, "", "#" + new URLSearchParams(kept));
}

function choose(change) {
  Object.assign(state, change);
  show();
}

search.value = state.q;
kind.value = state.kind;
search.addEventListener("input", () => choose({ q: search.value }));
kind.addEventListener("change", () => choose({ kind: kind.value }));
check.addEventListener("click", () => choose({ check: "" }));
for (const button of document.querySelectorAll("[data-sort]")) {
  button.addEventListener("click", () => {
    const again = state.sort === button.dataset.sort;
    choose({ sort: button.dataset.sort, down: again ? (state.down ? "" : "1") : button.dataset.sort === "owner" ? "" : "1" });
  });
}
for (const button of document.querySelectorAll("[data-check]")) {
  button.addEventListener("click", () => {
    choose({ check: state.check === button.dataset.check ? "" : button.dataset.check });
    if (state.check) document.getElementById("works").scrollIntoView();
  });
}
const all = document.getElementById("all-checks");
all?.addEventListener("click", () => {
  document.querySelector(".checks").classList.add("all");
  all.remove();
});
show();
if (document.documentElement.dataset.over === "no") setTimeout(() => location.reload(), 10_000);
