"""A JSON document that holds a log: an array of records or of lines, alone or under a key, records
one below the other, each over many lines, or the whole log in one string.
"""

import json
import re
from collections.abc import Iterator

from harness.trace.reading.structured import MESSAGES, unwrapped
from harness.trace.sheets.collected import RESOURCES, collected

_UNDER = re.compile(r'"([^"\\]{1,60})"\s*:\s*\[')
_GAP = re.compile(r"[\s,]*")
_ARRAY = re.compile(r'\[\s*[{"]')
_COLLECTED = re.compile(rf'\{{\s*"{RESOURCES}"\s*:')  #: however many of them follow
_LINES = "\\n"  #: between two lines of a string
_NAMELESS = re.compile(r"[^\w.@/-]+")
_MOST_ARRAYS = 8  #: in one document, that are tried
_PLAIN = (str, int, float, type(None))
_DECODER = json.JSONDecoder()


def is_document(head: bytes, *, whole: bool) -> bool:
    """Whether a log that begins so is a document and no JSON lines; ``whole``: it is all of it."""
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if _ARRAY.match(text):
        return _decoded(text, text.index("[") + 1) is not None or not _has_lines(text)
    if _COLLECTED.match(text):
        return True
    if not text.startswith("{"):
        return False
    line = text.split("\n", 1)[0].strip()
    if _decoded(line, 0) is None:
        return line in ("{", "{}") or not _has_lines(text)
    if not whole or text.strip() != line:
        return False
    return (bool(_UNDER.search(text)) and unwrapped(line) is None) or _LINES in line


def _has_lines(text: str) -> bool:
    return "\n" in text


def document_lines(data: bytes) -> Iterator[bytes]:
    """Each record as a line of JSON, at the line of the document where it begins or further down.

    What is no document after all comes as it is.
    """
    text = data.decode("utf-8", "replace").lstrip("\ufeff")
    records = _records(text)
    if not records:
        yield from _whole_texts(text) or data.split(b"\n")
        return
    given, passed, at = 0, 0, 0  # lines given, lines of the document before ``at``
    for start, record in records:
        passed += text.count("\n", at, start)
        at = start
        yield from [b""] * (passed - given)
        given = max(given, passed)
        for line in as_lines(record):
            yield line
            given += 1


def as_lines(record: object) -> list[bytes]:
    """The lines of one record: of a stream's, of a message's, or itself."""
    if isinstance(record, dict) and (lines := _several(record)):
        return [_dumped(line).encode("utf-8", "replace") for line in lines]
    if isinstance(record, str):
        return [line.encode("utf-8", "replace") for line in record.splitlines()]
    return [_dumped(record).encode("utf-8", "replace")]


def _several(record: dict[str, object]) -> list[dict[str, object]]:
    """The records within one; nothing of one that is a single line's."""
    try:
        return _of_stream(record) or collected(record) or batch(record)
    except RecursionError:
        return []


def batch(record: dict[str, object]) -> list[dict[str, object]]:
    """The record once for each line of its message; nothing of one that has a single line."""
    for key in MESSAGES:
        if isinstance(message := record.get(key), str):
            lines = [line for line in message.splitlines() if line.strip()]
            return [{**record, key: line} for line in lines] if len(lines) > 1 else []
    return []


def _whole_texts(text: str) -> list[bytes]:
    """The lines of all strings that have several; behind the names of what they are fields of,
    where there is more than one such thing.
    """
    try:
        holders = list(_holders(json.loads(text)))
    except (ValueError, RecursionError):
        return []
    lines: list[str] = []
    for holder, texts in holders:
        name = f"{_name(holder)} | " if len(holders) > 1 else ""
        lines += [name + line for several in texts for line in several.splitlines()]
    return [line.encode("utf-8", "replace") for line in lines]


def _holders(value: object) -> Iterator[tuple[dict[str, object], list[str]]]:
    """The objects with strings of several lines, and these."""
    if isinstance(value, dict):
        texts = [item for item in value.values() if isinstance(item, str) and _has_several(item)]
        if texts:
            yield value, texts
    for item in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _holders(item)


def _has_several(text: str) -> bool:
    return "\n" in text.strip()


def _name(holder: dict[str, object]) -> str:
    words = (item for item in holder.values() if isinstance(item, str) and not _has_several(item))
    return _NAMELESS.sub("_", next((word for word in words if word.strip()), "log"))[:60]


def _of_stream(record: dict[str, object]) -> list[dict[str, object]]:
    """The lines of a stream of Loki's: its labels, and pairs of a time and a line."""
    labels, values = record.get("stream"), record.get("values")
    if not isinstance(labels, dict) or not isinstance(values, list):
        return []
    pairs = [pair for pair in values if isinstance(pair, list) and len(pair) > 1]
    return [{**labels, "timestamp": time, "line": line} for time, line, *_ in pairs]


def _dumped(record: object) -> str:
    """The record in one line; nothing of one that is too deep."""
    try:
        return json.dumps(record, ensure_ascii=False)
    except RecursionError:
        return ""


def _records(text: str) -> list[tuple[int, object]]:
    """The records and where they begin: of the array that holds most of them."""
    if _COLLECTED.match(text.lstrip()):
        tried = [_sequence(text, 0)]
    elif text.lstrip()[:1] == "{":
        named = (match for match in _UNDER.finditer(text) if match[1] != "values")
        arrays = [match.end() for match in named][:_MOST_ARRAYS]
        tried = [_sequence(text, at) for at in arrays]
        tried.append(_sequence(text, 0))
    else:
        tried = [_sequence(text, text.index("[") + 1)]
    return max((records for records in tried if _tells(records)), key=len, default=[])


def _tells(records: list[tuple[int, object]]) -> bool:
    """Whether they hold words."""
    some = (line.decode() for _, record in records[:50] for line in as_lines(record)[:50])
    return any(not line.startswith("{") or unwrapped(line) for line in some)


def _sequence(text: str, at: int) -> list[tuple[int, object]]:
    records: list[tuple[int, object]] = []
    while (decoded := _decoded(text, at)) is not None:
        start, value, at = decoded
        value = _paired(value)
        if not isinstance(value, dict | str):
            break
        records.append((start, value))
    return records


def _paired(value: object) -> object:
    """A record that is given as a list: of its fields, each with its value, or of the values."""
    if (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(item, _PLAIN) for item in value)
    ):
        return " | ".join(str(item) for item in value)
    pairs = [(field.get("field"), field.get("value")) for field in _dicts(value)]
    return dict(pairs) if pairs and all(isinstance(name, str) for name, _ in pairs) else value


def _dicts(value: object) -> list[dict[str, object]]:
    is_list = isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return value if is_list else []  # type: ignore[return-value]  # as was asked


def _decoded(text: str, at: int) -> tuple[int, object, int] | None:
    """The next value: where it begins, what it is, where it ends."""
    gap = _GAP.match(text, at)
    start = gap.end() if gap else at
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return start, value, end
