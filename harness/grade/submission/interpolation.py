"""``$NAME`` in a compose file, from the submission's own ``.env`` and never from the grader's
environment.

The forms are Compose's: ``$NAME``, ``${NAME}``, ``${NAME:-default}``, ``${NAME-default}``,
``${NAME:?words}``, ``${NAME?words}``, ``${NAME:+other}``, ``${NAME+other}``; ``$$`` is a dollar
sign.
"""

import io
import re
from collections.abc import Mapping
from typing import Any

from dotenv import dotenv_values

_FORMS = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-?+])(?P<other>(?:[^{}]|\$\{[^{}]*\})*))?\})"
)
_LONGEST = 4096  #: characters of one value


def variables(text: str) -> dict[str, str]:
    """The variables of an ``.env`` file; a name without a value is left out."""
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}


def interpolated(value: Any, known: Mapping[str, str]) -> Any:
    """The same document with the variables put in, keys left as they are. A variable that nobody
    sets is empty, as with Compose; ``ValueError`` where the file asks for one with ``?``, or a
    value is too long."""
    if isinstance(value, dict):
        return {key: interpolated(inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolated(inner, known) for inner in value]
    return _filled(value, known) if isinstance(value, str) else value


def _filled(text: str, known: Mapping[str, str]) -> str:
    def put(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        name, how, other = match["plain"] or match["name"], match["how"] or "", match["other"] or ""
        value = known.get(name)
        there = value is not None and not (how.startswith(":") and value == "")
        if how.endswith("+"):
            return _filled(other, known) if there else ""
        if there or not how:
            return value or ""
        if how.endswith("?"):
            raise ValueError(f"{name}: {other or 'not set'}")
        return _filled(other, known)

    filled = _FORMS.sub(put, text)
    if len(filled) > _LONGEST:
        raise ValueError(f"a value of more than {_LONGEST} characters")
    return filled
