// The page's texts: from the server, one language at a time; everything marked data-text is filled from them.
const known = {};
let texts = {};
export let language = document.documentElement.lang;

export async function speak(wanted) {
  known[wanted] ??= await (await fetch(`/texts/${wanted}`)).json();
  texts = known[wanted];
  language = wanted;
  document.documentElement.lang = wanted;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
}

export function say(key, facts = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
}

export const has = (key) => key in texts;

export function clock(seconds) {
  const at = new Date(seconds * 1000);
  return at.toTimeString().slice(0, 8) + "." + String(at.getMilliseconds()).padStart(3, "0");
}
