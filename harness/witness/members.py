"""What a row holds in a JSON document: some submissions keep all of a job there but its id."""

import json
from collections.abc import Mapping
from typing import Any


def with_members(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values by column; and of a column whose text is a JSON object each member, by
    ``column.member``, as text (None for null). What is cut or broken has none.
    """
    members: dict[str, Any] = {}
    for column, value in values.items():
        for name, member in _object(value).items():
            members[f"{column}.{name}"] = (
                member if member is None or isinstance(member, str) else json.dumps(member)
            )
    return {**values, **members}


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, str) or value[:1] != "{":
        return {}
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
