"""Where ``--json`` goes: a file, or standard output."""

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

from harness.cli.problems import UsageProblem


def check_json(target: str | None) -> None:
    """Complain now about a place that cannot be written to, not after the work is done."""
    if target is None or target == "-":
        return
    file = Path(target)
    if file.is_dir():
        raise UsageProblem("json-unwritable", file=target, reason=os.strerror(errno.EISDIR))
    if not file.parent.is_dir():
        raise UsageProblem("json-folder", file=target, folder=file.parent)


def write_json(target: str, document: dict[str, Any]) -> None:
    """Write the document as UTF-8 JSON to a file, or to standard output for ``-``."""
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageProblem("json-unwritable", file=target, reason=reason) from error
