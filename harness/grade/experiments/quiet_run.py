"""The lab's task 3 as it is graded, before anything disturbs the lab: the demonstration and its
results."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.grade.demonstration.record import Demonstration
from harness.grade.demonstration.run import demonstrate
from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.result_place import first_there, result_paths, written

JOBS = 8  #: of the demonstration: each kind twice or more, one broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Where a job's result is said to lie, and what lies there."""

    path: (
        str | None
    )  #: as the row says, else the log; None where neither does, or jobs have no files
    copy: Path | None  #: of what lies there; None where the worker sees no file there
    written: datetime | None = None  #: when it was last written to, by this machine's clock
    shared: bool = False  #: the api sees it there, too: whatever the folder is called, it is shared

    @property
    def data(self) -> bytes | None:
        """What lies there, read anew each time: all of them may be larger than the grader's
        memory."""
        return None if self.copy is None else self.copy.read_bytes()


def demonstration(lab: LabUnderTest, source: Path | None = None) -> Demonstration:
    """The lab's task 3: one job after another, of all kinds, one of them broken."""
    quiet_s = lab.patient_s(lab.limits.job_s)
    seen = demonstrate(
        lab.stack,
        lab.workload,
        folder=lab.folder,
        jobs=JOBS,
        seed=lab.seed,
        quiet_s=quiet_s,
        exact=False,
        dialect=lab.dialect,
        earlier=lab.probes,
        again=True,
        idle_s=lab.limits.quiet_s,
        source=source,
    )
    lab.waited([job.row.status for job in seen.jobs if job.row])
    return seen


def failing(lab: LabUnderTest, seen: Demonstration) -> frozenset[int]:
    """The kinds of jobs of which each one FAILED, though it is whole, while some of another kind
    were COMPLETED: what the worker does not know how to do."""
    ends: dict[int, set[str | None]] = defaultdict(set)
    for job in seen.jobs:
        if not job.planned.broken:
            kind = (job.planned.number - 1) % lab.workload.kinds
            ends[kind].add(job.row.status if job.row else None)
    if not any("COMPLETED" in statuses for statuses in ends.values()):
        return frozenset()
    return frozenset(kind for kind, statuses in ends.items() if statuses == {"FAILED"})


def results(lab: LabUnderTest, seen: Demonstration, folder: Path) -> Mapping[str, Result]:
    """By job: where row or log say that its result lies, and what the worker sees there, copied
    into the folder."""
    by_job = {}
    for job in seen.jobs:
        value = job.row.output_path if job.row else None
        paths = result_paths(job.row, job.events) if lab.dialect.message.has_file else []
        path, data = first_there(lab, "worker", paths)
        if not lab.dialect.message.has_file and value is not None:
            data = value.encode()  # the result itself stands in the row
        shared = data is not None and first_there(lab, "api", [path or ""])[1] == data
        copy = None if data is None else folder / job.planned.stem
        if copy is not None and data is not None:
            copy.write_bytes(data)
        when = written(lab, path) if copy is not None else None
        by_job[job.job_id or ""] = Result(path=path, copy=copy, shared=shared, written=when)
        if data is not None and job.output is None:  # an api that gives no results: for the report
            job.input.with_name(f"{job.planned.stem}-out{job.input.suffix}").write_bytes(data)
    return by_job
