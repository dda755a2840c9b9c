"""``index.html`` of a run: one file that needs no server and loads nothing, made of
``group.json``'s own numbers.
"""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.texts import language, say
from report.documents import Document
from report.html import shown
from report.numbers import number

_HERE = Path(__file__).parent
_PAGE = _HERE / "page"
_FAILS_SHOWN = 6
_KINDS = {True: "ok", False: "no", None: "unknown"}
_BAR, _GAP, _HIGH = 56, 6, 110


def render_group(document: Document) -> str:
    """The page. While the run goes it renews itself; what is sorted, sought and filtered stays."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, number=_number, link=_link)
    environment.globals.update(t=_text)
    script = (_PAGE / "page.js").read_text(encoding="utf-8")
    return environment.get_template("group.html.j2").render(
        lang=language(),
        document=document,
        rows=[*map(_row, document["works"]), *map(_waiting, document["waiting"])],
        bars=list(_bars(document["spread"]["bins"])),
        style=(_PAGE / "page.css").read_text(encoding="utf-8"),
        script=script,
        script_hash=_hash(script),
        tasks=_tasks(document["works"]),
    )


def _row(work: Document) -> Document:
    """A work as its line shows it."""
    fails = [name for name, passed in work["checks"].items() if passed is False]
    kind = _KINDS[work["ok"]] if work["score"] is not None else "none"
    return {
        **work,
        "kind": kind,
        "fails": fails,
        "few": ", ".join(fails[:_FAILS_SHOWN]),
        "more": max(len(fails) - _FAILS_SHOWN, 0),
        "percent": _percent(work),
        "state": "",
    }


def _waiting(work: Document) -> Document:
    """A work that has no verdict yet, with the same fields."""
    done = work["done"]
    state = _text("waits") if done is None else _text("runs", done=done)
    empty = dict.fromkeys(("score", "max_score", "unjudged", "seconds", "mark", "out_of"))
    return {
        **empty,
        "name": work["name"],
        "owner": shown(work["given"]),
        "owner_id": "",
        "kind": "waiting",
        "fails": [],
        "few": "",
        "more": 0,
        "percent": 0.0,
        "days_late": 0,
        "problem": "",
        "intake": "",
        "tasks": {},
        "state": state,
    }


def _percent(work: Document) -> float:
    return round(100 * (work["score"] or 0) / (work["max_score"] or 1), 1)


def _tasks(works: list[Document]) -> list[str]:
    return sorted({task for work in works for task in work["tasks"]}, key=int)


def _bars(bins: list[int]) -> Iterator[Document]:
    """The distribution's bars, in the drawing's own units."""
    most = max([*bins, 1])
    for place, count in enumerate(bins):
        high = round(_HIGH * count / most, 1)
        yield {
            "x": place * (_BAR + _GAP),
            "y": round(_HIGH + 18 - high, 1),
            "width": _BAR,
            "height": high,
            "count": count,
            "short": place * 10,
            "label": f"{place * 10}–{place * 10 + 10 if place == 9 else place * 10 + 9}",
        }


def _hash(script: str) -> str:
    """As a content security policy names the one script that may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _link(name: str) -> str:
    return f"{quote(name)}/report.html"


def _number(value: float | None) -> str:
    return "—" if value is None else number(value)


def _text(key: str, **facts: object) -> str:
    return say(f"group.{key}", **facts)
