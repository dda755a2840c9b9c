"""A log that `kubectl logs` mixed or cut is told of, and nothing else is."""

from uuid import UUID

import pytest

from harness.cli.kubectl_paste import complaint
from harness.trace import Judge, lab_profile

IDS = [str(UUID(int=(4 << 76) | (8 << 60) | number)) for number in range(1, 13)]
STARTED = "Worker started listening for events..."


def job(number: int) -> list[str]:
    job_id = IDS[number]
    return [
        f"Received New Event: Job Submitted. Data: {job_id}|./storage/{job_id}.png|grayscale|",
        f"Status updated to PROCESSING for job {job_id}",
        f"Job {job_id} COMPLETED. Result saved to: ./storage/processed_{job_id}.png",
    ]


def pod(*numbers: int) -> list[str]:
    return [STARTED, *(line for number in numbers for line in job(number))]


def told(lines: list[str], submitted: list[str] = IDS) -> tuple[bool | None, str | None]:
    log = "".join(f"worker/main.py:1: {line}\n" for line in lines).encode()
    return judged(log, submitted)


def judged(log: bytes, submitted: list[str]) -> tuple[bool | None, str | None]:
    judge = Judge(lab_profile(), submitted)
    judge.feed_all(log.splitlines(keepends=True))
    verdict = judge.finish()
    return verdict.ok, complaint(log, verdict, lab_profile(), submitted)


def test_pods_end_to_end_are_told_of() -> None:
    assert told([*pod(*range(0, 12, 2)), *pod(*range(1, 12, 2))]) == (False, "kubectl-prefix")


def test_a_worker_that_takes_jobs_out_of_order_is_not_excused() -> None:
    assert told(pod(1, 0, *range(2, 12))) == (False, None)


def test_a_restarted_worker_that_takes_jobs_out_of_order_is_not_excused() -> None:
    assert told([*pod(1, 0, 2, 3), *pod(*range(4, 12))]) == (False, None)


def test_a_restarted_worker_is_whole() -> None:
    assert told([*pod(*range(6)), *pod(*range(6, 12))]) == (True, None)


def test_the_last_ten_lines_of_each_pod_are_told_of() -> None:
    tails = [pod(*range(0, 12, 2))[-10:], pod(*range(1, 12, 2))[-10:]]
    assert told([line for tail in tails for line in tail]) == (False, "kubectl-tail")


def test_the_last_ten_lines_of_each_pod_with_their_names_are_told_of() -> None:
    log = b"".join(
        f"[pod/worker-{number}/worker] worker/main.py:1: {line}\n".encode()
        for number in range(2)
        for line in pod(*range(number, 12, 2))[-10:]
    )
    assert judged(log, IDS) == (False, "kubectl-tail")


def test_one_pod_of_several_is_told_of() -> None:
    found = b"Found 2 pods, using pod/worker-5d4\n"
    log = found + "".join(f"worker/main.py:1: {line}\n" for line in pod(0, 2, 4)).encode()
    assert judged(log, IDS[:6]) == (False, "kubectl-one")


@pytest.mark.parametrize("lost", [3, 11])
def test_a_lost_job_is_not_excused(lost: int) -> None:
    assert told(pod(*(number for number in range(12) if number != lost))) == (False, None)


def test_the_complaint_at_a_deleted_pods_end_is_no_fault_of_the_worker() -> None:
    log = "".join(f"[pod/w-1/worker] worker/main.py:1: {line}\n" for line in pod(*range(12)))
    end = b"rpc error: code = Unknown desc = Error: No such container: 5d41402abc4b\n"
    assert judged(log.encode() + end, IDS) == (True, None)
