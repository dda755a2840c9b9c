// Server-sent events. The browser itself connects again and says what it has seen last; a server that was
// replaced sends everything anew.
export function listen(onNews, onState) {
  const source = new EventSource("/events");
  source.onopen = () => onState(true);
  source.onerror = () => {
    onState(false);
    if (source.readyState === EventSource.CLOSED) {
      source.close();
      setTimeout(() => listen(onNews, onState), 1000);
    }
  };
  source.onmessage = (event) => onNews(JSON.parse(event.data));
}

const token = document.querySelector("meta[name=lab6-token]").content;

export function post(path, body) {
  return fetch(path, { method: "POST", body, headers: { "X-Lab6-Token": token } });
}
