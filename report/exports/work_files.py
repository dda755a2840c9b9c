"""Exports that are a file of each work."""

import json
from collections.abc import Callable
from typing import Any

from report.exports.made import Made
from report.group import GradedWork, Group


def json_of_each(group: Group, name: str, made: Callable[[GradedWork], dict[str, Any]]) -> Made:
    """``<work>/<name>`` of every work, a verdict or none."""
    files = {
        f"{work.name}/{name}": json.dumps(made(work), ensure_ascii=False, indent=2).encode(
            "utf-8", "replace"
        )
        for work in group.works
    }
    return Made(files=files)
