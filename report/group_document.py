"""``group.json``: every number that the group's page and tables show, in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from report.documents import Document
from report.group import NUMBERS, GradedWork, Group
from report.markdown import one_line
from report.statistics import check_shares, spread

SCHEMA = "lab6/group/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A work that has no verdict yet."""

    name: str
    given: str
    done: int | None = None  #: checks judged so far; None where it has not begun


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The run beside its works."""

    started: datetime | None = None
    waiting: Sequence[Waiting] = ()  #: none: the run is over
    alike: Sequence[Document] | None = None  #: pairs; None where likeness was not looked at
    told: Mapping[str, str] = field(default_factory=dict)  #: what intake said, by name


def group_document(group: Group, state: State | None = None) -> Document:
    """The document."""
    state = state or State()
    return {
        "schema": SCHEMA,
        "assignment": group.rule.title,
        "max_score": group.max_score,
        "started": state.started and state.started.astimezone(UTC).isoformat(),
        "over": not state.waiting,
        "works": [_told(work, state.told.get(work.name, "")) for work in group.works],
        "waiting": [{"name": w.name, "given": w.given, "done": w.done} for w in state.waiting],
        "spread": spread(group.works),
        "checks": check_shares(group.works),
        "alike": None if state.alike is None else list(state.alike),
    }


def _told(work: GradedWork, intake: str) -> Document:
    verdict, mark = work.verdict or {}, work.mark
    return {
        "name": work.name,
        "given": work.given,
        "owner": one_line(work.owner.name),
        "owner_id": work.owner.id,
        "ok": work.ok,
        "problem": one_line(work.problem),
        "intake": one_line(intake),
        **{name: verdict.get(name) for name in NUMBERS},
        "mark": mark and mark.value,
        "out_of": mark and mark.out_of,
        "days_late": mark and mark.days_late,
        "penalty": mark and mark.penalty,
        "received": work.received and work.received.isoformat(),
        "tasks": {str(task["task"]): task["points"] for task in verdict.get("tasks", ())},
        "checks": {check["id"]: check["passed"] for check in verdict.get("checks", ())},
    }
