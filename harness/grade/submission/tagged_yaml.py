"""Compose's two tags: ``!reset`` takes a key away, ``!override`` puts a value in place of all that
other files say; both clear what stands there in the file below.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.grade.submission.strict_yaml import MERGE, load_strictly

_RESET, _OVERRIDE = "!reset", "!override"

#: Keys from the top to a value.
Place = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file's."""

    table: Any
    cleared: frozenset[Place] = frozenset()  #: what it takes away from the file below it


def load_tagged(text: str) -> Document:
    """The document without the tags; the errors of ``load_strictly``."""
    cleared: set[Place] = set()

    def change(node: Node, loader: yaml.SafeLoader) -> None:
        cleared.update(_cleared(node, ()))
        _strip(node, loader, set())

    table = load_strictly(text, change)
    return Document(table={} if table is None else table, cleared=frozenset(cleared))


def without(table: Any, cleared: frozenset[Place], at: Place = ()) -> Any:
    """The same without what was cleared."""
    if not cleared or not isinstance(table, dict):
        return table
    return {
        key: without(value, cleared, (*at, str(key)))
        for key, value in table.items()
        if (*at, str(key)) not in cleared
    }


def _cleared(node: Node, at: Place) -> Iterator[Place]:
    """Every tagged place, with the aliases written out."""
    if isinstance(node, SequenceNode):
        for child in node.value:
            yield from _cleared(child, at)
    for key, value in node.value if isinstance(node, MappingNode) else ():
        place = at if key.tag == MERGE else (*at, str(key.value))
        if value.tag in (_RESET, _OVERRIDE):
            yield place
        yield from _cleared(value, place)


def _strip(node: Node, loader: yaml.SafeLoader, seen: set[int]) -> None:
    """Out with what is reset; what overrides is a plain value."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if node.tag == _OVERRIDE:
        plain = isinstance(node, ScalarNode) and node.style is None
        node.tag = loader.resolve(type(node), node.value, (plain, not plain))  # type: ignore[no-untyped-call]
    if isinstance(node, SequenceNode):
        node.value = [child for child in node.value if child.tag != _RESET]
        for child in node.value:
            _strip(child, loader, seen)
    elif isinstance(node, MappingNode):
        node.value = [(key, value) for key, value in node.value if value.tag != _RESET]
        for _, value in node.value:
            _strip(value, loader, seen)
