// Flights: a copy of a job's button glides over the page from lane to lane, while the button itself waits,
// unseen, at its new place. All places are read before anything is drawn, so that a frame lays out once.
const MOST = 24; // at once: more of them would be a swarm that nobody can follow
const HOP_MS = 170; // for each lane on the way: a flight of three lanes is over within half a second
const ORDER = ["api", "queue", "worker", "done"];
const still = matchMedia("(prefers-reduced-motion: reduce)");
const sky = document.getElementById("sky");
let flying = 0;

export const calm = () => still.matches || document.hidden;

// The lanes between two places; a job that is new comes from the api, whatever was seen of it first.
export function between(from, to) {
  const [start, end] = [ORDER.indexOf(from), ORDER.indexOf(to)];
  return start < end ? ORDER.slice(start + 1, end) : [];
}

// ``way`` names the lanes of the points, from where it was to where it is.
export function fly(button, way, points) {
  const to = points.at(-1);
  if (!to.width || flying >= MOST) return;
  const copy = button.cloneNode(true);
  copy.classList.remove("away");
  copy.classList.add("flying");
  copy.removeAttribute("data-job");
  copy.dataset.way = way.join(" ");
  copy.dataset.lane = way.at(-1);
  copy.tabIndex = -1;
  sky.append(copy);
  flying += 1;
  const duration = HOP_MS * points.length;
  const frames = points.map(({ x, y }) => ({ transform: `translate(${x}px, ${y}px)`, easing: "ease-in-out" }));
  copy.animate(frames, { duration }).finished.finally(() => {
    copy.remove();
    button.classList.remove("away");
    flying -= 1;
  });
  button.classList.add("away");
}
