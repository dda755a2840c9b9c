"""The one map of a judgement's three values: it holds, it does not, nobody could tell."""

from collections.abc import Mapping
from types import MappingProxyType

Ok = bool | None

#: What a command of the kit ends with.
EXIT_STATUS: Mapping[Ok, int] = MappingProxyType({True: 0, False: 1, None: 2})
#: In a terminal and in a notebook.
MARK: Mapping[Ok, str] = MappingProxyType({True: "✓", False: "✗", None: "?"})
COLOUR: Mapping[Ok, str] = MappingProxyType({True: "green", False: "red", None: "yellow"})
#: In Markdown and HTML, which have no colours of a terminal.
EMOJI: Mapping[Ok, str] = MappingProxyType({True: "✅", False: "❌", None: "❔"})
