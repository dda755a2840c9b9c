"""Records as YAML documents, one below the other: ``gcloud logging read`` prints them so."""

import re
from collections.abc import Iterable, Iterator

from harness.trace.sheets.documents import as_lines

_BORDER = b"---"
_FIELD = re.compile(rb"[A-Za-z_][\w.-]*:(\s|$)")
#: An alias may stand for a thousand times itself.
_REFERS = re.compile(rb"(?m)(?:^|[:\s-]\s)[&*]\w")
_MOST = 500  #: lines of a record
_LARGEST = 1 << 20  #: bytes of a record


def has_documents(lines: list[bytes]) -> bool:
    """Whether the log begins so."""
    told = [line for line in lines if line.strip()][:2]
    return len(told) > 1 and told[0].rstrip() == _BORDER and bool(_FIELD.match(told[1]))


def documents_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each record as JSON, where it begins; its other lines come empty. What is none comes as it
    is.
    """
    block: list[bytes] = []
    for line in lines:
        if block and (line.rstrip() == _BORDER or len(block) == _MOST):
            yield from _record(block)
            block = []
        block.append(line)
    yield from _record(block)


def _record(block: list[bytes]) -> list[bytes]:
    fields = _loaded(b"\n".join(block))
    told = as_lines(fields) if isinstance(fields, dict) else []
    return told + [b""] * (len(block) - len(told)) if told else block


def _loaded(text: bytes) -> object:
    if len(text) > _LARGEST or _REFERS.search(text):
        return None
    import yaml  # a fiftieth of a second, which no other log needs

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - strings, lists and mappings alone
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
