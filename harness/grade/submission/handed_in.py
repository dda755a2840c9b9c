"""A submission: a folder with a compose file, which is understood here, and run only as the grader
has it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.grade.errors import GradeError
from harness.grade.submission.assignment import Assignment
from harness.grade.submission.border import reached, rebased
from harness.grade.submission.composefile import ComposeFile, find_compose, understood
from harness.grade.submission.own_folder import is_inside
from harness.grade.submission.reading import read_work
from harness.grade.submission.sandbox.changes import Changes, ComposeChange
from harness.grade.submission.sandbox.emit import emit
from harness.grade.submission.sandbox.places import copy_submission, within
from harness.stack import choose, gate
from harness.stack.base import Stack
from harness.stack.programs import PROGRAMS, programs_of
from harness.stack.sandbox_project import Project
from harness.trace import Profile, lab_profile, load_profile

PROFILE = "lab6.profile.toml"  #: a submission's own, beside its compose file


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a student handed in, read but not run."""

    folder: Path  #: all of it: the compose file's folder, or one above that the file reaches into
    file: Path
    table: dict[str, Any]  #: its places are told from ``folder``
    compose: ComposeFile
    assignment: Assignment
    profiles: tuple[Profile, ...]  #: wordings that its log may speak, the likeliest first
    changes: Changes = field(default_factory=Changes)

    @property
    def changed(self) -> tuple[ComposeChange, ...]:
        """What the sandbox dropped or changed; empty before it ran."""
        return tuple(self.changes.found)

    def source_of(self, service: str) -> Path | None:
        """The folder that a service is built from; None where it is built from none of the
        submission's."""
        entry = self.table["services"].get(service) or {}
        build = entry.get("build")
        context = build.get("context", ".") if isinstance(build, dict) else build
        return None if context is None else within(self.folder, str(context))


def open_submission(folder: Path, assignment: Assignment, profile: Path | None) -> Submission:
    """Read a submission.

    ``GradeError``: ``compose-file-missing``, ``compose-unreadable``; ``TraceError`` for its
    profile.
    """
    file = find_compose(folder)
    work = read_work(file, folder)
    root = reached(work, file, folder)
    table = rebased(work.table, file, root)
    return Submission(
        folder=root,
        file=file,
        table=table,
        compose=understood(table, file, assignment.roles),
        assignment=assignment,
        profiles=_profiles(file.parent, assignment, profile),
    )


def stack_of(submission: Submission, runtime: str) -> Stack:
    """Its stack, not up yet. ``StackError("no-runtime")``; ``GradeError("embedded-layout")``:
    without containers, and in a cluster, only a lab laid out as the kit's own can be run."""
    chosen = choose(runtime)
    lab = submission.file.parent
    if chosen == "embedded":
        from harness.stack.embedded import EmbeddedStack

        _must_hold(lab, programs_of(lab))
        return EmbeddedStack(lab=lab)
    if chosen == "kubernetes":
        from harness.stack.kubernetes.stack import KubernetesStack

        _must_hold(lab, PROGRAMS)
        return KubernetesStack(lab=lab)
    from harness.stack.sandbox import SandboxStack

    return SandboxStack(lambda folder: _emitted(submission, folder))


def _must_hold(lab: Path, programs: Mapping[str, str]) -> None:
    """``GradeError("embedded-layout")`` unless the lab's folder holds these programs itself."""
    files = [lab / program for program in programs.values()]
    if not all(file.is_file() and is_inside(file, lab) for file in files):
        raise GradeError("embedded-layout")


def _emitted(submission: Submission, folder: Path) -> Project:
    """The project, its copy of the submission in ``folder``."""
    copy = folder / "submission"
    left = copy_submission(submission.folder, copy)
    submission.changes.found.clear()
    for link in left:
        submission.changes.add(link, "link-outside", link)
    project = emit(
        submission.compose,
        submission.table,
        folder=copy,
        assignment=submission.assignment,
        tag=hashlib.sha256(str(submission.folder.resolve()).encode()).hexdigest()[:12],
        gate_script=Path(gate.__file__).read_text(encoding="utf-8"),
        changes=submission.changes,
    )

    def left_out(name: str, log: str) -> None:
        submission.changes.add(f"services.{name}.build", "does-not-build", log.split("\n")[-1])

    return replace(project, left_out=left_out)


def _profiles(folder: Path, assignment: Assignment, wanted: Path | None) -> tuple[Profile, ...]:
    if wanted is not None:
        return (load_profile(wanted),)
    usual = assignment.profiles or (lab_profile(),)
    own = folder / PROFILE
    if own.is_file():
        if own.is_symlink():
            raise GradeError("compose-unreadable", file=PROFILE, reason="a link")
        return (load_profile(own, foreign=True), *usual)
    return usual
