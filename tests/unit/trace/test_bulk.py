"""The bulk path changes no verdict: generated logs, clean and spoiled, in blocks of any size."""

import io
import random
import uuid
from dataclasses import asdict

import pytest

from harness.trace import RULES, Judge, Sees, Verdict, lab_profile, read_lines
from harness.trace.bulk import feed_log, pack_submitted
from harness.trace.bulk.folded import Folded


def job(rnd: random.Random, prefix: str) -> tuple[str, list[str]]:
    one = str(uuid.UUID(int=rnd.getrandbits(128), version=rnd.choice([1, 4])))
    ext = rnd.choice(["png", "jpg", "jpeg"])
    rests = ["grayscale|", "resize|10x20", "crop|0,0,5,5", "resize|a/b", f"resize|{'1' * 260}"]
    rest = rnd.choice([*rests[:4] * 5, *rests])
    end = rnd.choice(
        [f"COMPLETED. Result saved to: ./storage/processed_{one}.{ext}"] * 5
        + ["FAILED. Error: broken"]
    )
    return one, [
        f"{prefix}Received New Event: Job Submitted. Data: {one}|./storage/{one}.{ext}|{rest}",
        f"{prefix}Status updated to PROCESSING for job {one}",
        f"{prefix}Job {one} {end}",
    ]


def spoil(rnd: random.Random, lines: list[str], ids: list[str]) -> None:  # noqa: C901 - a table of changes
    """One change of those that logs suffer."""
    at, other = rnd.randrange(len(lines)), rnd.randrange(len(lines))
    one = rnd.choice(ids)
    kind = rnd.randrange(11)
    if kind == 0:
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == 1:
        del lines[at]
    elif kind == 2:
        lines.insert(other, lines[at])
    elif kind == 3:
        lines[at] = lines[at][: rnd.randrange(len(lines[at]) + 1)]
    elif kind == 4:
        lines[at] = (
            lines[at].replace(one, one[:8] + "...").upper()
            if rnd.random() < 0.3
            else lines[at].replace(one, one[:8] + "...")
        )
    elif kind == 5:
        lines.insert(
            at, rnd.choice(["noise", "", "\x1b[31m", "é", "Worker started listening for events..."])
        )
    elif kind == 6:
        lines.insert(
            at, f"Redelivered Event: Job Submitted. Data: {one}|./storage/{one}.png|grayscale|"
        )
    elif kind == 7:
        lines[at] = "w2 | " + lines[at]
    elif kind == 8:
        spot = rnd.randrange(len(lines[at]) + 1)
        lines[at] = (
            lines[at][:spot]
            + rnd.choice(["\0", "\r", "|", "g", "\ufeff", " ", "/"])
            + lines[at][spot + 1 :]
        )
    elif kind == 9:
        ids[:] = rnd.sample(ids, len(ids)) if rnd.random() < 0.3 else ids[:-1] or ids
    else:
        end = min(len(lines), at + 9)
        lines[other:other] = lines[at:end]


def generated(seed: int) -> tuple[bytes, list[str]]:
    rnd = random.Random(seed)
    prefix = rnd.choice(["", "worker/main.py:66: ", "worker-1  | ", "2026/11/24 02:25:01 "])
    ids, lines = [], []
    for _ in range(rnd.randrange(1, 120)):
        one, three = job(rnd, prefix)
        ids.append(one)
        lines += three
    for _ in range(rnd.choice([0, 1, 1, 2, 4, 20])):
        spoil(rnd, lines, ids)
        if not lines:
            break
    end = rnd.choice(["\n", "\n", "\r\n"])
    return (end.join(lines) + rnd.choice(["", end])).encode(), ids


def plainly(log: bytes, ids: list[str] | None) -> Verdict:
    judge = Judge(lab_profile(), ids)
    judge.feed_all(read_lines(io.BytesIO(log)))
    return judge.finish()


@pytest.mark.parametrize("seed", range(100))
def test_fast_and_plain_give_one_verdict(seed: int) -> None:
    """Document for document, whatever was done to the log, wherever a block ends."""
    log, ids = generated(seed)
    rnd = random.Random(seed)
    for submitted in (None, ids):
        block = rnd.choice([600, 700, 1500, 4096, len(log) or 1])
        judge = Judge(lab_profile(), None if submitted is None else pack_submitted(submitted))
        feed_log(judge, io.BytesIO(log), block=block)
        assert asdict(judge.finish()) == asdict(plainly(log, submitted)), f"seed {seed} {block}"


def test_most_of_a_clean_log_goes_the_fast_way() -> None:
    """All but the lines that were learnt from are kept by the bulk path, not by the registry."""
    rnd = random.Random(1)
    lines = [line for _ in range(2000) for line in job(rnd, "worker/main.py:66: ")[1]]
    judge = Judge(lab_profile(), rules=[rule for rule in RULES if rule.sees is Sees.SUSPECTS])
    feed_log(judge, io.BytesIO("\n".join(lines).encode()), block=1 << 16)
    store = judge.jobs._store
    assert isinstance(store, Folded)
    assert len(store) > 1500


@pytest.mark.parametrize(
    ("spoken", "may"),
    [
        ([], False),
        (["GET /health 200", "in panic: no"], True),
        (["Traceback (most recent call last):", '  File "/a.py", line 7', "KeyError: 1"], True),
        (["Job {} FAILED. Error: Traceback:", '  File "/a.py", line 7', "KeyError: 1"], True),
        (["Job {} FAILED. Error: panic: x", "goroutine 7 [running]:", "/a.go:7"], True),
    ],
)
@pytest.mark.parametrize("at", [0, 1500, 5999])
def test_crashes_are_noticed_in_passing(spoken, may, at) -> None:
    """Wherever they are, and behind the words of a line that is a clean job's."""
    rnd = random.Random(3)
    jobs = [job(rnd, "") for _ in range(2000)]
    lines = [line for _, three in jobs for line in three] + ["heartbeat"]
    lines[at:at] = [line.format(jobs[0][0]) for line in spoken]
    log = "".join(f"{line}\n" for line in lines).encode()
    assert feed_log(Judge(lab_profile()), io.BytesIO(log), block=1 << 16) is may


@pytest.mark.slow
def test_a_fault_in_the_middle_of_a_large_log_is_found_at_its_line() -> None:
    """One line is missing among 60,000; the violation names the line that is left."""
    rnd = random.Random(2)
    lines = [line for _ in range(20_000) for line in job(rnd, "")[1]]
    gone = lines.pop(30_001)
    assert "PROCESSING" in gone
    judge = Judge(lab_profile())
    feed_log(judge, io.BytesIO("\n".join(lines).encode()), block=1 << 18)
    (violation,) = judge.finish().violations
    assert (violation.rule, violation.lines) == ("missing-step", (30_002,))
