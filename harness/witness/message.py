"""A message in the queue as named fields, however the lab puts it together: between separators,
or as JSON.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.trace.ids import is_foreign, names_id, uuid_of

JOB, PATH = "job", "path"  #: the names that mean something to the engine: the job's id, its file


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFormat:
    """Where each field stands. All but ``job`` and ``path`` are called as in the request."""

    separator: str = "|"
    fields: tuple[str, ...] = (JOB, PATH, "action", "params")
    #: field → the keys that lead to it in a JSON object; empty where messages are no JSON
    keys: Mapping[str, tuple[str, ...]] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Of all fields."""
        return self.fields if self.keys is None else tuple(self.keys)

    @property
    def has_file(self) -> bool:
        """Whether a job of this lab has a file."""
        return PATH in self.names

    def read(self, message: str) -> dict[str, str] | None:
        """The fields of a message; None where it has another form."""
        if self.keys is None:
            values = message.split(self.separator)
            whole = len(values) == len(self.fields)
            return _with_uuid(dict(zip(self.fields, values, strict=True))) if whole else None
        document = _json(message)
        fields = {name: _at(document, keys) for name, keys in self.keys.items()}
        filled = {name: value for name, value in fields.items() if value is not None}
        return _with_uuid(filled) if len(filled) == len(fields) else None

    def is_of(self, message: str, job_id: str) -> bool:
        """Whether a message is of this job: a foreign id is looked for in its own place, as far as
        the message has this form, for it may be a digit."""
        fields = self.read(message) if is_foreign(job_id) else None
        return names_id(message, job_id) if fields is None else fields[JOB] == job_id.lower()

    def shown(self, values: Mapping[str, str]) -> str:
        """A message of these values, for people; ``…`` stands for what is free."""
        texts = {name: values.get(name, "…") for name in self.names}
        if self.keys is None:
            return self.separator.join(texts.values())
        return ", ".join(f"{'.'.join(self.keys[name])} = {texts[name]}" for name in texts)


def _with_uuid(fields: dict[str, str]) -> dict[str, str]:
    return {**fields, JOB: uuid_of(fields[JOB])} if JOB in fields else fields


def _json(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None


def _at(document: Any, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    if document is None or isinstance(document, str):
        return document
    return json.dumps(document, ensure_ascii=False)
