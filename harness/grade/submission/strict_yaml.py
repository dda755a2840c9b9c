"""YAML from strangers: no key twice, no object of Python's, no aliases that grow beyond all
measure."""

from collections.abc import Callable
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_MOST_NODES = 10_000  #: with every alias written out; a compose file has some hundreds
MERGE = "tag:yaml.org,2002:merge"


def load_strictly(text: str, change: Callable[[Node, yaml.SafeLoader], None] | None = None) -> Any:
    """The one document in ``text``; ``change`` may do with its nodes what it likes once they are
    measured. ``yaml.YAMLError`` with the line where it is no YAML, holds a key twice, an anchor
    within itself, or more than 10,000 nodes with its aliases written out."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _measure(node, {}, set())
        if change is not None:
            change(node, loader)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _measure(node: Node, known: dict[int, int], open_: set[int]) -> int:
    """How many nodes it has with its aliases written out."""
    if id(node) in open_:
        raise _fault("an anchor that holds itself", node)
    if id(node) in known:
        return known[id(node)]
    open_.add(id(node))
    size = 1 + sum(_measure(child, known, open_) for child in _children(node))
    open_.discard(id(node))
    if size > _MOST_NODES:
        raise _fault(f"more than {_MOST_NODES} nodes with the aliases written out", node)
    known[id(node)] = size
    return size


def _children(node: Node) -> list[Node]:
    if isinstance(node, SequenceNode):
        return list(node.value)
    if not isinstance(node, MappingNode):
        return []
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, ScalarNode) and key.tag != MERGE:
            if key.value in seen:
                raise _fault(f"the key {key.value!r} twice", key)
            seen.add(key.value)
    return [child for pair in node.value for child in pair]


def _fault(problem: str, node: Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
