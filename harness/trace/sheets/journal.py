"""systemd's journal as ``journalctl -o export`` and ``-o verbose`` give it: a field a line, a
record a block.
"""

import json
import re
from collections.abc import Iterable, Iterator

_FIELD = re.compile(rb"^\s*(?P<name>[A-Z_][A-Z0-9_]{0,63})=(?P<value>.*?)\r?$")
_EXPORTED = re.compile(rb"^__CURSOR=")
_VERBOSE = re.compile(rb"^\S.*\[s=[0-9a-z]+;i=[0-9a-z]+")  #: the line above a record
_TIMES = ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP")  #: millionths since 1970
_MOST = 500  #: lines of a record


def has_fields(lines: list[bytes]) -> bool:
    """Whether the log begins so."""
    told = [line for line in lines if line.strip() and not line.startswith(b"-- ")][:2]
    return bool(told) and bool(
        _EXPORTED.match(told[0])
        or (_VERBOSE.match(told[0]) and len(told) > 1 and _FIELD.match(told[1]))
    )


def journal_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each record as a line of JSON where its message stands; its other lines come empty."""
    block: list[bytes] = []
    for line in lines:
        if block and (not line.strip() or _VERBOSE.match(line) or len(block) == _MOST):
            yield from _record(block)
            block = []
        block.append(line)
    yield from _record(block)


def _record(block: list[bytes]) -> Iterator[bytes]:
    fields: dict[str, str] = {}
    place = 0
    for number, line in enumerate(block):
        if match := _FIELD.match(line):
            name, value = (match[key].decode("utf-8", "replace") for key in ("name", "value"))
            fields.setdefault(name, value)
            place = number if name == "MESSAGE" else place
    if "MESSAGE" not in fields:
        yield from block
        return
    own = fields.get("CONTAINER_NAME") or fields.get("SYSLOG_IDENTIFIER", "")
    record = {
        "time": next((fields[name] for name in _TIMES if name in fields), ""),
        "container": f"{own}[{fields['_PID']}]" if "_PID" in fields else own,
        "MESSAGE": fields["MESSAGE"],
    }
    for number in range(len(block)):
        is_here = number == place
        yield json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") if is_here else b""
