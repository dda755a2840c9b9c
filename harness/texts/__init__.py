"""Texts for people: TOML files, one folder a language, Ukrainian the source.

A text's key is ``<file>.<table>.<...>.<name>``, e.g. ``errors.port-busy.hint``. ``LAB6_LANG=en``
gives English. A test holds both languages to the same keys and placeholders.
"""

import errno
import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

LANGUAGES = ("uk", "en")
_FOLDER = Path(__file__).parent


class Explainable(Protocol):
    """An error that the kit raises on purpose: a reference into ``errors.toml`` and its facts."""

    reference: str
    facts: dict[str, object]


def language() -> str:
    """The language of this process: ``LAB6_LANG``, else Ukrainian."""
    wanted = os.environ.get("LAB6_LANG", "uk").strip().lower()[:2]
    return wanted if wanted in LANGUAGES else "uk"


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All texts of one language by their full keys."""
    texts: dict[str, str] = {}
    for file in sorted((_FOLDER / lang).glob("*.toml")):
        texts.update(_texts(lang, file.stem))
    return texts


@cache
def _texts(lang: str, name: str) -> dict[str, str]:
    """The texts of one file, so that a short command reads no more than it says."""
    file = _FOLDER / lang / f"{name}.toml"
    if not file.is_file():
        return {}
    return dict(_flatten(name, tomllib.loads(file.read_text(encoding="utf-8"))))


def say(key: str, /, **facts: object) -> str:
    """The text of ``key`` in the process's language, its placeholders filled from ``facts``."""
    return text_in(language(), key).format(**facts)


def text_in(lang: str, key: str) -> str:
    """The text of ``key`` in this language, its placeholders not filled."""
    return _texts(lang, key.partition(".")[0])[key]


def has(key: str) -> bool:
    """Whether the texts hold ``key``."""
    return key in _texts(language(), key.partition(".")[0])


def explain(error: Explainable) -> tuple[str, str]:
    """What is wrong, and what to do: the two sentences of an error that the kit raises on
    purpose.
    """
    facts = {
        name: reason(fact) if isinstance(fact, str) else fact for name, fact in error.facts.items()
    }
    return tuple(say(f"errors.{error.reference}.{part}", **facts) for part in ("what", "hint"))  # type: ignore[return-value]


def number(value: float, spec: str = "g") -> str:
    """A number as the process's language writes it: a comma before the decimals in Ukrainian, and
    a blank between the thousands where ``spec`` asks for them apart."""
    signs = str.maketrans({".": say("numbers.decimal"), ",": say("numbers.thousands")})
    return format(value, spec).translate(signs)


def reason(said: str) -> str:
    """What the operating system says of an error, in the process's language; any other text as
    it is.
    """
    bare = _ERRNO.sub("", said)
    key = f"errno.{_SAID.get(bare, '')}"
    return say(key) if has(key) else said


#: How Python puts the number before the words: ``[Errno 111] Connection refused``.
_ERRNO = re.compile(r"^\[(?:Errno|WinError) \d+\] ")
#: The system's English words → the error's name, as in ``errno.toml``.
_SAID = {os.strerror(code): name.removeprefix("WSA") for code, name in errno.errorcode.items()}


def _flatten(prefix: str, table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(f"{prefix}.{name}", value)
        else:
            yield f"{prefix}.{name}", str(value)
