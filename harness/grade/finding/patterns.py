"""The patterns and kinds of ``patterns.toml``, read once."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("patterns.toml")
OTHER = "other"  #: the kind of an error that no entry of the file names


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceForm:
    """How one language tells of an error: its first line, its frames, its last line."""

    starts: re.Pattern[str]
    frame: re.Pattern[str]
    ends: re.Pattern[str] | None  #: None where the first line is the error itself
    nearest_last: bool  #: the frame nearest to the error is the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """All of the file."""

    forms: tuple[TraceForm, ...]
    place: re.Pattern[str]
    foreign: frozenset[str]
    landmarks: dict[str, tuple[re.Pattern[str], ...]]
    kinds: tuple[tuple[str, tuple[str, ...]], ...]


@cache
def patterns() -> Patterns:
    """The patterns of the kit."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Patterns(
        forms=tuple(_form(form) for form in table["trace"]),
        place=re.compile(table["place"]["line"]),
        foreign=frozenset(table["foreign"]["parts"]),
        landmarks={
            name: tuple(map(re.compile, expressions))
            for name, expressions in table["landmark"].items()
        },
        kinds=tuple((kind["id"], tuple(kind["words"])) for kind in table["kind"]),
    )


def kind_of(error: str) -> str:
    """What the words of an error usually mean: an id of the file, else ``OTHER``."""
    fits = (name for name, words in patterns().kinds if any(word in error for word in words))
    return next(fits, OTHER)


def _form(table: dict[str, str]) -> TraceForm:
    return TraceForm(
        starts=re.compile(table["starts"]),
        frame=re.compile(table["frame"]),
        ends=re.compile(table["ends"]) if "ends" in table else None,
        nearest_last=table["nearest"] == "last",
    )
