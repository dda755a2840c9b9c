"""The one map of a judgement's three values: it holds, it does not, nobody could tell."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

Ok = bool | None


class WhyNull(StrEnum):
    """Why nobody could tell: the two words of null."""

    NOT_CHECKED = "not-checked"  #: it rests on a check that failed: that one first
    NOT_JUDGED = "not-judged"  #: the kit or the machine was in the way: a person decides


def outcome(check: Mapping[str, Any]) -> str:
    """A check of ``verdict.json`` in one word: passed, failed, not-checked, not-judged.

    A verdict of an earlier kit does not say which null it is; there the kit's own error tells.
    """
    if check["passed"] is not None:
        return "passed" if check["passed"] else "failed"
    obstacle = (check.get("cause") or {}).get("error")
    why = WhyNull.NOT_JUDGED if obstacle else WhyNull.NOT_CHECKED
    return str(check.get("why_null") or why)


#: What a command of the kit ends with.
EXIT_STATUS: Mapping[Ok, int] = MappingProxyType({True: 0, False: 1, None: 2})
#: In a terminal and in a notebook.
MARK: Mapping[Ok, str] = MappingProxyType({True: "✓", False: "✗", None: "?"})
COLOUR: Mapping[Ok, str] = MappingProxyType({True: "green", False: "red", None: "yellow"})
#: In Markdown and HTML, which have no colours of a terminal.
EMOJI: Mapping[Ok, str] = MappingProxyType({True: "✅", False: "❌", None: "❔"})
