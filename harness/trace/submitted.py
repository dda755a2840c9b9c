"""The ids that were really submitted, in published order, from what people keep of them.

Read are: one id a line (or a line that holds one: a CSV row, a JSON answer of the api), a JSON list
of ids or of objects with ``job_id``, and the JSON that ``lab6 demo --json`` writes.
"""

import json
import re
from pathlib import Path
from typing import Any

from harness.trace.errors import TraceError
from harness.trace.ids import WHOLE, leading_key, show_id
from harness.trace.utf16 import is_utf16

_LARGEST = 512 * 1024 * 1024  #: bytes; ten million ids
_ID = re.compile(
    r"(?<![0-9A-Za-z-])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z-])"
)


def load_submitted(path: Path) -> list[str]:
    """The submitted ids, lower case, each once.

    Raises TraceError: ``submitted-unreadable``, ``submitted-line`` (a line without an id),
    ``submitted-empty``.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise TraceError(
                "submitted-unreadable", file=path.name, reason=f"> {_LARGEST >> 20} MiB"
            )
        data = path.read_bytes()
        text = data.decode("utf-16" if is_utf16(data[:2]) else "utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TraceError("submitted-unreadable", file=path.name, reason=reason) from error
    except UnicodeDecodeError as error:
        raise TraceError("submitted-unreadable", file=path.name, reason=str(error)) from error
    ids = _from_json(text, path.name)
    if ids is None:
        ids = _from_lines(text, path.name)
    if not ids:
        raise TraceError("submitted-empty", file=path.name)
    return list(dict.fromkeys(ids))


def _from_json(text: str, file: str) -> list[str] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if isinstance(document, dict):
        document = document.get("jobs", document.get("submitted", [document]))
    if not isinstance(document, list):
        return None
    return [_one(entry, at, file) for at, entry in enumerate(document, 1)]


def _one(entry: Any, at: int, file: str) -> str:
    text = entry.get("job_id", entry.get("id", "")) if isinstance(entry, dict) else entry
    key = leading_key(text.strip()) if isinstance(text, str) else None
    if key is None or len(key) != WHOLE:
        raise TraceError("submitted-line", file=file, line=at, text=str(text)[:80])
    return show_id(key)


def _from_lines(text: str, file: str) -> list[str]:
    ids: list[str] = []
    for at, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        match = _ID.search(line)
        if match:
            ids.append(match[0].lower())
        elif line and not line.startswith("#") and not (at == 1 and "id" in line.lower()):
            ids.append(_one(line, at, file))  # 32 digits without hyphens, or a clear error
    return ids
