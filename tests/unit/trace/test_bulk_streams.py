"""Bulk and line by line agree on logs of several streams, stamped, noisy and broken: random ones,
from seeds.

``python -m tests.unit.trace.test_bulk_streams 20000`` tries so many, each cut into blocks at
random; a second number is the first seed.
"""

import io
import json
import random
import sys
import uuid
from dataclasses import asdict

import pytest

from harness.trace import Judge, lab_profile, read_lines
from harness.trace.bulk import feed_log, pack_submitted
from harness.trace.reading.survey import survey

DRESSES = {
    "compose": lambda r, w, line: f"worker-{w}  | {line}",
    "compose -t": lambda r, w, line: f"worker-{w}  | {stamp(r, 9)}Z {line}",
    "kubectl": lambda r, w, line: (
        f"[pod/worker-{w}/worker] {stamp(r, r.choice([9, 9, 8, 6]))}Z {line}"
    ),
    "docker -t": lambda r, w, line: f"{stamp(r, 9)}Z {line}",
    "python": lambda r, w, line: (
        f"{stamp(r, 3).replace('T', ' ').replace('.', ',')} - w - INFO - {line}"
    ),
    "zap": lambda r, w, line: json.dumps({"level": "info", "ts": r.random() * 1e9, "msg": line}),
    "json-file": lambda r, w, line: json.dumps({"log": line + "\n", "time": stamp(r, 9) + "Z"}),
    "bare": lambda r, w, line: line,
    "worker behind": lambda r, w, line: f"{line} | worker-{w}",
    "stamp behind": lambda r, w, line: f"{line} [{stamp(r, 3)}Z]",
    "filebeat": lambda r, w, line: json.dumps(
        {"@timestamp": stamp(r, 3) + "Z", "container": {"name": f"w-{w}"}, "message": line}
    ),
    "epoch": lambda r, w, line: json.dumps(
        {"ts": r.randrange(10**9, 2 * 10**9), "pid": w, "host": "vm", "msg": line}
    ),
    "unknown": lambda r, w, line: f"{w}> {line}",
}


def stamp(rnd: random.Random, digits: int) -> str:
    clock = f"2026-11-24T{rnd.randrange(24):02d}:{rnd.randrange(60):02d}:{rnd.randrange(60):02d}"
    return f"{clock}.{rnd.randrange(10**digits):0{digits}d}"


def job(rnd: random.Random) -> tuple[str, list[str]]:
    one = str(uuid.UUID(int=rnd.getrandbits(128), version=4))
    ext = rnd.choice(["png", "jpg"])
    rest = rnd.choice(["grayscale|", "resize|10x20", "crop|0,0,5,5", 'resize|"a"', "resize|a|b"])
    end = f"COMPLETED. Result saved to: ./storage/processed_{one}.{ext}"
    end = (
        end
        if rnd.random() < 0.8
        else f"FAILED. Error: {rnd.choice(['broken', 'no file', '', '|'])}"
    )
    return one, [
        f"main.py:66: Received New Event: Job Submitted. Data: {one}|./storage/{one}.{ext}|{rest}",
        f"main.py:71: Status updated to PROCESSING for job {one}",
        f"main.py:90: Job {one} {end}",
    ]


def spoilt(rnd: random.Random, jobs: list[tuple[str, list[str]]]) -> None:  # noqa: C901 - a table
    """One break of a random job, of those that workers are known for."""
    one, lines = rnd.choice(jobs)
    other = rnd.choice(jobs)
    kind = rnd.randrange(10)
    if not lines:
        return
    at = rnd.randrange(len(lines))
    if not lines[at]:
        return
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(rnd.randrange(len(lines) + 1), lines[at])
    elif kind == 2:
        lines.reverse()
    elif kind == 3:
        lines[at] = lines[at].replace(one, one[: rnd.choice([8, 9, 12])] + rnd.choice(["...", "…"]))
    elif kind == 4:
        lines[at] = lines[at][: rnd.randrange(len(lines[at]))]
    elif kind == 5:
        lines[-1] = f"main.py:90: Job {one} COMPLETED. Result saved to: /tmp/{rnd.random()}.png"
    elif kind == 6:
        lines.insert(1, lines[0].replace("Received New", "Redelivered"))
    elif kind == 7:
        other[1].extend(lines[at:])
    elif kind == 8:
        lines.insert(at, "main.py:40: Worker started listening for events...")
    else:
        lines[at] = lines[at].replace(one, one.upper())


def generated(seed: int) -> tuple[bytes, list[str]]:
    rnd = random.Random(seed)
    workers = rnd.choice([1, 2, 3, 8])
    dress = DRESSES[rnd.choice(list(DRESSES))]
    jobs = [job(rnd) for _ in range(rnd.randrange(1, 60))]
    ids = [one for one, _ in jobs]
    for _ in range(rnd.choice([0, 1, 3, 10])):
        spoilt(rnd, jobs)
    queue, busy, lines = list(jobs), [[] for _ in range(workers)], []
    if rnd.random() < 0.2:
        rnd.shuffle(queue)
    noise = rnd.choice([0, 0.01, 0.2])
    while queue or any(busy):
        w = rnd.randrange(workers)
        if not busy[w] and queue:
            busy[w] = list(queue.pop(0)[1])
        line = busy[w].pop(0) if busy[w] else "idle"
        if rnd.random() < noise:
            lines.append(dress(rnd, w, rnd.choice(["GET /health", "é", "Job COMPLETED.", ""])))
        lines.append(dress(rnd, w, line))
    return mutated(rnd, "\n".join(lines).encode()), ids


def mutated(rnd: random.Random, data: bytes) -> bytes:
    """The log, sometimes with a few bytes that nobody wrote."""
    out = bytearray(data)
    for _ in range(rnd.choice([0, 0, 0, 1, 5])):
        if out:
            at = rnd.randrange(len(out))
            out[at : at + rnd.randrange(3)] = bytes(
                rnd.randrange(256) for _ in range(rnd.randrange(3))
            )
    return bytes(out)


def check(seed: int) -> None:
    log, ids = generated(seed)
    rnd = random.Random(seed)
    dress = survey(read_lines(io.BytesIO(log)), lab_profile()) if rnd.random() < 0.7 else None
    for submitted in (None, ids):
        plain = Judge(lab_profile(), submitted, dress=dress)
        plain.feed_all(read_lines(io.BytesIO(log)))
        packed = None if submitted is None else pack_submitted(submitted)
        judge = Judge(lab_profile(), packed, dress=dress)
        feed_log(judge, io.BytesIO(log), block=rnd.choice([700, 1500, 4096, len(log) or 1]))
        assert asdict(judge.finish()) == asdict(plain.finish()), f"seed {seed}"


#: Whose logs once ended in a traceback: a byte within an id made its line no event.
FOUND = (507662,)


@pytest.mark.parametrize("seed", [*range(60), *FOUND])
def test_bulk_and_line_by_line_agree(seed: int) -> None:
    check(seed)


if __name__ == "__main__":
    many, first = int(sys.argv[1]), int((sys.argv[2:] or ["0"])[0])
    for number in range(first, first + many):
        check(number)
    sys.stdout.write(f"agreed: seeds {first} to {first + many - 1}\n")
