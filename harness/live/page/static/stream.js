// Server-sent events. After a break the browser connects again and says what it has seen last. Where the server
// was replaced the page begins anew, too: of what it shows, and of its token, the new one knows nothing. A page that nobody looks at lets go of its stream: a browser opens six
// connections to a host and no more, so that a seventh tab would stand still.
import { language } from "./words.js";

const AGAIN_MS = 1000;
const HIDDEN_MS = 2000;

const epoch = (id) => id.split("-")[0]; // one for each server

export function listen(onNews, onState) {
  let source = null;
  let last = "";
  let leaving = null;

  function open() {
    source = new EventSource(`/events?since=${encodeURIComponent(last)}`);
    source.onopen = () => onState(true);
    source.onerror = () => {
      onState(false);
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      source = null;
      setTimeout(() => { if (!source && !document.hidden) open(); }, AGAIN_MS);
    };
    source.onmessage = (event) => {
      if (last && epoch(last) !== epoch(event.lastEventId)) return location.reload();
      last = event.lastEventId;
      onNews(JSON.parse(event.data));
    };
  }

  function leave() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(leave, HIDDEN_MS);
    else if (!source) open();
  });
  open();
}

const token = document.querySelector("meta[name=lab6-token]").content;

export function post(path, body) {
  return fetch(path, { method: "POST", body, headers: { "X-Lab6-Token": token, "Accept-Language": language } });
}
