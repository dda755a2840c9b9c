"""How a service's image is built: from its own folder, by a Dockerfile that was read and
written anew.
"""

import hashlib
from pathlib import Path
from typing import Any

from harness.grade.submission.assignment import Sandbox
from harness.grade.submission.own_folder import read_text
from harness.grade.submission.sandbox import values
from harness.grade.submission.sandbox.changes import Changes
from harness.grade.submission.sandbox.dockerfile import checked_dockerfile
from harness.grade.submission.sandbox.places import within

_READ = frozenset(["context", "dockerfile", "dockerfile_inline", "target", "args"])
_NAME = "Dockerfile"


def built(
    where: str, asked: Any, box: Sandbox, folder: Path, changes: Changes
) -> dict[str, Any] | None:
    """The ``build`` of a service; None where it leads out of the submission, or begins from an
    image that it may not use. What is not understood is told."""
    entry = asked if isinstance(asked, dict) else {"context": asked}
    context = within(folder, str(entry.get("context", ".")))
    text = None if context is None or not context.is_dir() else _text(entry, context, folder)
    if context is None or text is None:
        changes.add(where, "build-outside", asked)
        return None
    for key in sorted(entry.keys() - _READ, key=str):
        changes.add(f"{where}.{key}", "key-dropped", entry[key])
    arguments = _arguments(where, entry, changes)
    build: dict[str, Any] = {"context": str(context), "args": arguments}
    if text:
        try:
            text, dropped = checked_dockerfile(text, bases=box.build_bases, arguments=arguments)
        except ValueError as refused:
            changes.add(where, "dockerfile-refused", refused)
            return None
        for line in dropped:
            changes.add(where, "dockerfile-dropped", line)
    build["dockerfile"] = _written(text, context, str(entry.get("dockerfile", _NAME)))
    if isinstance(entry.get("target"), str):
        build["target"] = entry["target"].lower()
    return build


def _text(entry: dict[str, Any], context: Path, folder: Path) -> str | None:
    """The Dockerfile's text, "" where there is none; None where it lies elsewhere."""
    if isinstance(inline := entry.get("dockerfile_inline"), str):
        return inline
    name = str(entry.get("dockerfile", _NAME))
    beside = str(context.relative_to(folder.resolve()) / name)
    place = within(folder, beside)  # outside its context perhaps, not outside the submission
    if place is None:
        return None
    if not place.is_file() and name == _NAME:
        place = place.with_name(_NAME.lower())  # BuildKit looks there, too
    try:
        return read_text(place, folder) if place.is_file() else ""
    except (OSError, ValueError):
        return None


def _arguments(where: str, entry: dict[str, Any], changes: Changes) -> dict[str, str]:
    """Its arguments, without those that BuildKit itself listens to: one names another builder."""
    given = values.environment(entry.get("args"))
    own = {name for name in given if name.upper().startswith("BUILDKIT_")}
    for name in sorted(own):
        changes.add(f"{where}.args.{name}", "key-dropped", given[name])
    return {name: value for name, value in given.items() if name not in own}


def _written(text: str, context: Path, dockerfile: str) -> str:
    """The name of the Dockerfile, put into the copy of the submission, which is the grader's own:
    several services may share the folder. One that is missing is for the build to tell."""
    name = f"lab6-{hashlib.sha256(text.encode()).hexdigest()[:12]}.Dockerfile"
    if not text:
        return f"lab6-no-{_NAME}"
    (context / name).write_text(text, encoding="utf-8")
    ignored = context / f"{dockerfile}.dockerignore"
    if dockerfile == Path(dockerfile).name and ignored.is_file():
        (context / f"{name}.dockerignore").write_bytes(ignored.read_bytes())
    return name
