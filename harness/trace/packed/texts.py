"""Logs in a notebook's outputs, and in an HTML page, as the lines of a report."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from harness.trace.errors import TraceError

_FENCE = "~" * 24
_LINES = frozenset({"br", "div", "p", "pre", "li", "tr", "h1", "h2", "h3", "code"})
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"script", "style", "head", "template"})


def notebook_lines(data: bytes, name: str) -> list[bytes]:
    """A notebook as a report: its texts, and each output in a fence."""
    try:
        cells = json.loads(data)["cells"]
        text = "\n".join(part for cell in cells for part in _cell(cell))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TraceError("log-notebook", file=name) from error
    return text.encode("utf-8", "replace").split(b"\n")


def _cell(cell: dict[str, Any]) -> Iterator[str]:
    if cell.get("cell_type") != "code":
        yield _joined(cell.get("source", ""))
        return
    shown = ""
    for output in cell.get("outputs", []):
        part = _joined(output.get("text") or output.get("data", {}).get("text/plain") or "")
        shown += part if part.endswith("\n") else part + "\n"
    if shown.strip():
        yield f"\n{_FENCE}\n{shown.rstrip(chr(10))}\n{_FENCE}\n"


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(str(part) for part in text)


def page_lines(data: bytes) -> list[bytes]:
    """What an HTML page shows, line by line."""
    page = _Page()
    page.feed(data.decode("utf-8", "replace"))
    page.close()
    return "".join(page.shown).encode("utf-8", "replace").split(b"\n")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._hidden += tag in _UNSEEN
        if tag in _LINES:
            self.shown.append("\n")
        elif tag in _CELLS and not "".join(self.shown[-1:]).endswith("\n"):
            self.shown.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(self._hidden - (tag in _UNSEEN), 0)
        if tag in _LINES:
            self.shown.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.shown.append(data)
