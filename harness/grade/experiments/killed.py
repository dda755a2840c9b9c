"""The worker killed while it works on a large job, and started again."""

from dataclasses import dataclass

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.result_place import first_there, result_paths
from harness.grade.experiments.sending import FINAL, Sent, submit

_TRIES = 3  #: a machine that is late kills too late: the job had ended already


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """The worker killed in the middle of a job, and started again."""

    victim: Sent
    in_the_middle: bool  #: the row said PROCESSING when the worker was dead
    after: Sent
    #: the victim's result could be one; None where it has none, or nobody can see it
    right: bool | None = None
    #: whether the result of ``after``, the last job of all experiments, is right; None as above
    after_right: bool | None = None


def killed(lab: LabUnderTest) -> Killed:
    """The worker killed while it works on a large job, and started again; then a job."""
    with lab.witnesses() as seen:
        for _ in range(_TRIES):
            victim, ended = _struck(lab, seen)
            if not ended:
                break
        after = lab.send_and_wait(seen, lab.limits.back_s)
        longest_s = lab.limits.recovered_s  # of a lease, too, in which nothing moves
        victim = lab.ended(seen, [victim], longest_s, quiet_s=longest_s)[0]
    in_the_middle = victim.job_id != "" and not ended
    right = after_right = None
    if (result := _result(lab, victim)) is not None:
        right = lab.workload.looks_done(victim.request, result)
    if (result := _result(lab, after)) is not None:
        after_right = lab.workload.judge(after.request, result, exact=False).ok
    return Killed(
        victim=victim,
        in_the_middle=in_the_middle,
        after=after,
        right=right,
        after_right=after_right,
    )


def _result(lab: LabUnderTest, sent: Sent) -> bytes | None:
    """Of a job that was COMPLETED; None where it lies elsewhere: nobody is accused."""
    if sent.status != "COMPLETED" or not lab.dialect.message.has_file:
        return None
    return first_there(lab, "worker", result_paths(sent.row, ()))[1]


def _struck(lab: LabUnderTest, seen: Witnesses) -> tuple[Sent, bool]:
    """A large job whose worker was killed and started again, and whether it had ended by then."""
    victim = submit(seen.api, lab.workload.large_job(lab.rng))

    def begun() -> bool:
        row = seen.postgres.row(victim.job_id)
        return row is not None and row.status not in ("QUEUED", "PENDING")

    if victim.job_id:
        lab.await_begun(begun)
    lab.stack.kill("worker")
    row = seen.postgres.row(victim.job_id) if victim.job_id else None
    lab.stack.start("worker")
    return victim, row is not None and row.status in FINAL
