// A recording, seen again: its happenings one after another, slowed down. The tracks of a recording stand side
// by side on one clock. What each happening means (the place, the arrow, the row) the recording says itself.
const SLOWNESS = [20, 5, 1]; // so many times slower than it was
const LONGEST_MS = 4000; // a pause in which nothing happened is cut short, and said to be
const FLIGHT_MS = 450;
const STATIONS = ["client", "api", "queue", "worker", "done"];
const HOPS = { client: [["post", "POST →"], ["answer", "← 202"]], api: [["rpush", "RPUSH →"]], queue: [["blpop", "BLPOP →"], ["redeliver", "← RPUSH"]], worker: [["update", "UPDATE →"]] };
const calmly = matchMedia("(prefers-reduced-motion: reduce)");

function made(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

// The one cause of what went wrong, as the lines of its box.
export function findingLines(finding, say) {
  const lines = [made("p", "headline", `${say("finding")}: ${finding.sentence}`)];
  if (finding.error) lines.push(made("pre", "error", finding.error));
  if (finding.file) lines.push(made("p", "place", say("finding-place", finding)), made("pre", "code", finding.code ?? ""));
  else if (finding.error) lines.push(made("p", "place", say("finding-no-place", finding)));
  lines.push(made("p", "hint", `→ ${finding.hint}`));
  return lines;
}

// What a happening is called.
function named({ witness, what, arrow, place, replica, left }, say, has) {
  const isOne = what === "kill-worker" && left > 0; // of several, the others still work
  const key = witness === "judge" ? `replay-${what}` : isOne ? "replay-person-kill-one" : arrow === "answer" ? "replay-answer" : `replay-${witness}-${what}`;
  return has(key) ? say(key, { what, replica, left }) : has(`witness-${witness}`) ? `${say(`witness-${witness}`)}: ${what}` : what;
}

function drawn(track, words) {
  const root = made("section", "track");
  const title = root.appendChild(made("h3"));
  const found = root.appendChild(made("div", "finding"));
  const stage = root.appendChild(made("div", "stage"));
  stage.append(Object.assign(made("p", "over"), { ariaHidden: "true" }));
  stage.lastChild.append(made("span", "", "INSERT"));
  stage.lastChild.dataset.arrow = "insert";
  const lists = {};
  for (const name of STATIONS) {
    const station = stage.appendChild(made("div", "station"));
    station.dataset.lane = name;
    station.append(made("h4"), made("p", "fate"));
    lists[name] = station.appendChild(made("ul", "chips"));
    if (name === "done") station.append(made("ol", "rows"));
    if (!HOPS[name]) continue;
    const hop = stage.appendChild(Object.assign(made("p", "leap"), { ariaHidden: "true" }));
    for (const [arrow, text] of HOPS[name]) hop.appendChild(made("span", "", text)).dataset.arrow = arrow;
  }
  const gap = isBlind(track) ? root.appendChild(made("p", "gap")) : null;
  const verdict = root.appendChild(made("p", "verdict"));
  const story = root.appendChild(made("ol", "story"));
  story.tabIndex = 0;
  const chips = new Map(track.jobs.map((job) => [job.number, chip(job)]));
  return { root, title, found, stage, lists, gap, verdict, story, chips, track, words };
}

// Whether nobody watched the list: a worker took what nobody was seen to put there.
const isBlind = ({ happenings }) => happenings.some(({ arrow }) => arrow === "blpop") && !happenings.some(({ arrow }) => arrow === "rpush");

function chip(job) {
  const item = made("li");
  const button = item.appendChild(made("button", "chip"));
  button.type = "button";
  button.dataset.job = job.number;
  if (job.picture) button.append(Object.assign(made("img"), { src: job.picture, alt: "" }));
  button.append(made("span", "", String(job.number)));
  return item;
}

// Everything as it is after these happenings: where each job is, what its row says, whether the worker lives.
function stateAfter(happenings) {
  const state = { places: new Map(), rows: new Map(), dead: false, lost: new Set() };
  for (const { job, place, row, witness, what, left } of happenings) {
    if (job !== null) state.places.set(job, place);
    if (row) state.rows.set(job, row);
    if (witness === "judge") state.lost.add(job);
    if (what === "kill-worker") state.dead = !left;
    if (what === "start-worker" || what === "worker-started") state.dead = false;
  }
  return state;
}

// ``isMeant``: which happenings are shown, of the first ``count``; the others' lines are hidden.
function show(view, count, fresh, isMeant) {
  const { lists, chips, stage, story, track } = view;
  const shown = track.happenings.slice(0, count).filter(isMeant);
  const state = stateAfter(shown);
  const now = fresh ? shown.at(-1) : null;
  const moving = now?.job !== null && chips.get(now?.job)?.firstChild;
  const start = moving?.isConnected ? moving.getBoundingClientRect() : null;
  for (const [number, item] of chips) {
    const place = state.places.get(number) ?? "client";
    if (item.parentNode !== lists[place]) lists[place].append(item);
    item.firstChild.classList.toggle("lost", state.lost.has(number));
    item.firstChild.classList.toggle("failed", state.rows.get(number) === "FAILED");
  }
  stage.querySelector("[data-lane=worker]").classList.toggle("dead", state.dead);
  stage.querySelector("[data-lane=worker] .fate").textContent = state.dead ? view.words.say("replay-dead") : "";
  const rows = stage.querySelector(".rows");
  rows.replaceChildren(...[...state.rows].map(([number, row]) => {
    const item = made("li", row, `${number}: ${row}`);
    if (state.lost.has(number)) item.classList.add("lost");
    return item;
  }));
  for (const arrow of stage.querySelectorAll("[data-arrow]")) arrow.classList.toggle("lit", arrow.dataset.arrow === now?.arrow);
  for (const [at, item] of [...story.children].entries()) {
    item.hidden = !isMeant(track.happenings[at]);
    item.classList.toggle("passed", at < count);
    if (at === count - 1) item.setAttribute("aria-current", "step"); else item.removeAttribute("aria-current");
  }
  const current = story.children[count - 1];
  if (current) story.scrollTop = current.offsetTop + current.offsetHeight - story.clientHeight * 0.6;
  else story.scrollTop = 0;
  const last = shown.at(-1)?.job;
  if (chips.has(last)) reach(chips.get(last).parentNode, chips.get(last));
  reach(rows, rows.children[[...state.rows.keys()].indexOf(last)]);
  if (start && !calmly.matches) glide(moving, start);
}

// Bring it into its list's sight, and move nothing else.
function reach(list, item) {
  if (!item) return;
  const [frame, place] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
  if (place.bottom > frame.bottom) list.scrollTop += place.bottom - frame.bottom;
  else if (place.top < frame.top) list.scrollTop += place.top - frame.top;
}

function glide(button, from) {
  const to = button.getBoundingClientRect();
  if (from.x === to.x && from.y === to.y) return;
  const list = button.closest(".chips"); // it would cut off what is outside of it
  if (list.scrollHeight <= list.clientHeight) list.animate([{ overflow: "visible" }, { overflow: "visible" }], { duration: FLIGHT_MS });
  button.animate([{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, { transform: "none" }], { duration: FLIGHT_MS, easing: "ease-in-out" });
}

function label(view) {
  const { track, words: { say, has, language }, lists, chips } = view;
  view.title.textContent = track.name[language()];
  const found = track.finding?.[language()];
  view.found.hidden = !found;
  view.found.replaceChildren(...(found ? findingLines(found, say) : []));
  for (const name of STATIONS) lists[name].parentNode.querySelector("h4").textContent = say(`replay-at-${name}`);
  for (const job of track.jobs) {
    const { number, action, params, id } = job;
    chips.get(number).firstChild.setAttribute("aria-label", say("replay-job", { number, action: [action, params].filter(Boolean).join(" "), id }));
    chips.get(number).firstChild.title = `${action} ${params} ${id}`;
  }
  if (view.gap) view.gap.textContent = say("replay-gap");
  view.story.setAttribute("aria-label", say("replay-story"));
  view.story.replaceChildren(...track.happenings.map((one) => told(one, say, has)));
}

// How it ended; of one job where that is shown by itself.
function judge({ verdict, track, words: { say } }, number) {
  const lost = track.lost.filter((one) => number === null || one === number);
  const none = number === null ? "replay-none-lost" : "replay-not-lost";
  verdict.textContent = lost.length ? say("replay-lost", { jobs: lost.join(", ") }) : say(none, { number });
  verdict.classList.toggle("bad", lost.length > 0);
}

const decimal = (seconds, digits) => seconds.toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });

function told(one, say, has) {
  const item = made("li", one.witness === "judge" ? "lost" : `by-${one.witness}`);
  const words = made("span", "", `${one.job === null ? "" : `${one.job} · `}${named(one, say, has)}`);
  if (one.text) words.append(made("code", "", one.text));
  item.append(made("time", "", say("replay-time", { seconds: decimal(one.at, 3) })), words);
  return item;
}

export function mount(root, recording, words) {
  const { say } = words;
  const views = recording.tracks.map((track) => drawn(track, words));
  const bar = made("div", "bar");
  const [play, back, on, all] = ["play", "back", "on", "all"].map((name) => {
    const button = bar.appendChild(made("button", "", ""));
    button.type = "button";
    button.dataset.do = name;
    return button;
  });
  const slider = Object.assign(made("input"), { type: "range", min: 0, value: 0 });
  const speed = made("select");
  for (const slowness of SLOWNESS) speed.append(Object.assign(made("option"), { value: slowness }));
  const clock = made("p", "clock");
  clock.setAttribute("role", "status");
  bar.append(slider, speed);
  const tracks = made("div", "tracks");
  tracks.classList.toggle("beside", views.length > 1);
  tracks.append(...views.map((view) => view.root));
  root.classList.add("replay");
  root.replaceChildren(bar, clock, tracks);
  let steps = [];
  let at = 0;
  let timer = null;
  let only = null; // { view, job }: one job by itself

  const isMeant = (view, one) => !only || (only.view === view && (one.job === only.job || one.job === null));

  // The order in which everything happened, over all tracks: [track, how many of its happenings are shown then].
  function order() {
    const found = views.flatMap((view) => view.track.happenings.map((one, n) => ({ view, count: n + 1, one })));
    steps = found.filter(({ view, one }) => isMeant(view, one));
    steps.sort((a, b) => a.one.at - b.one.at);
    slider.max = steps.length;
    all.hidden = !only;
  }

  function go(to, fresh = false) {
    at = Math.max(0, Math.min(to, steps.length));
    const last = steps[at - 1];
    for (const view of views) {
      const count = steps.slice(0, at).findLast((step) => step.view === view)?.count ?? 0;
      show(view, count, fresh && view === last?.view, (one) => isMeant(view, one));
      judge(view, only?.job ?? null);
      view.verdict.hidden = at < steps.length || Boolean(only && only.view !== view);
      for (const [number, { firstChild }] of view.chips) firstChild.setAttribute("aria-pressed", String(only?.view === view && only.job === number));
    }
    slider.value = at;
    clock.textContent = last ? sentence(last) : say("replay-begin");
    slider.setAttribute("aria-valuetext", clock.textContent);
  }

  function sentence({ view, one }) {
    const track = views.length > 1 ? `${view.track.name[words.language()]} · ` : "";
    const job = one.job === null ? "" : `${say("replay-number", { number: one.job })}: `;
    return `${say("replay-time", { seconds: decimal(one.at, 3) })} · ${track}${job}${named(one, say, words.has)}`;
  }

  function next() {
    if (at >= steps.length) return stop();
    const real = steps[at].one.at - (steps[at - 1]?.one.at ?? steps[at].one.at);
    const wait = real * 1000 * Number(speed.value);
    if (wait > LONGEST_MS) clock.textContent += ` · ${say("replay-skip", { seconds: decimal(real, 1) })}`;
    timer = setTimeout(() => { go(at + 1, true); next(); }, Math.min(wait, LONGEST_MS));
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
    play.textContent = say("replay-play");
  }

  function start() {
    if (at >= steps.length) go(0);
    play.textContent = say("replay-pause");
    next();
  }

  function relabel() {
    for (const view of views) label(view);
    back.textContent = say("replay-back");
    on.textContent = say("replay-on");
    all.textContent = say("replay-all");
    play.textContent = say(timer ? "replay-pause" : "replay-play");
    slider.setAttribute("aria-label", say("replay-slider"));
    speed.setAttribute("aria-label", say("replay-speed"));
    for (const option of speed.options) option.textContent = say("replay-slowness", { times: option.value === "1" ? "1" : `1/${option.value}` });
    go(at);
  }

  play.addEventListener("click", () => (timer ? stop() : start()));
  back.addEventListener("click", () => { stop(); go(at - 1); });
  on.addEventListener("click", () => { stop(); go(at + 1, true); });
  all.addEventListener("click", () => { stop(); only = null; order(); go(0); play.focus(); });
  slider.addEventListener("input", () => { stop(); go(Number(slider.value)); });
  for (const view of views) {
    view.root.addEventListener("click", (event) => {
      const chosen = event.target.closest(".chip");
      if (chosen) { stop(); only = { view, job: Number(chosen.dataset.job) }; order(); go(0); start(); }
      const line = event.target.closest(".story > li");
      const count = line && [...view.story.children].indexOf(line) + 1;
      const to = steps.findIndex((step) => step.view === view && step.count === count);
      if (line && to >= 0) { stop(); go(to + 1); }
    });
  }
  order();
  relabel();
  go(0);
  return { relabel, start, stop, finish: () => { stop(); go(steps.length); } };
}
