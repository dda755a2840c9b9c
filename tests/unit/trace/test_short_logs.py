"""Logs of one to three jobs, as a student has them, and records within records: what a long log
proves by itself is told from a short one, or nobody judges.
"""

import json

import pytest

from tests.unit.trace.test_mending import judged, text, wrapped

ONE, TWO = (f"{n}d26a0fb-75a7-4096-a984-77ae323aa4ab" for n in (4, 5))


def worded(job: str) -> list[str]:
    return [
        f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
        f"Status updated to PROCESSING for job {job}",
        f"Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.png",
    ]


BOTH = worded(ONE) + worded(TWO)
AT_ONCE = [line for pair in zip(worded(ONE), worded(TWO), strict=True) for line in pair]
AT_ONCE_AGAIN = [line.replace(ONE, f"6{ONE[1:]}").replace(TWO, f"7{TWO[1:]}") for line in AT_ONCE]
WORKERS = ("7d9f-2xk4p", "7d9f-9qz7m")


def of_two(form: str) -> list[str]:
    """Two jobs at once, each by a worker of its own."""
    return [form.format(line=line, worker=WORKERS[at % 2]) for at, line in enumerate(AT_ONCE)]


def in_json(lines: list[str], **more: str) -> list[str]:
    return [json.dumps({"log": line, **more}) for line in lines]


def as_logfmt(lines: list[str]) -> list[str]:
    return [
        f"time=2026-11-23T08:00:{at:02d}Z level=INFO msg={json.dumps(line)} job=7"
        for at, line in enumerate(lines)
    ]


def behind_cri(lines: list[str]) -> list[str]:
    return [
        f"2026-11-23T08:00:{at:02d}.123456789Z stdout F "
        + json.dumps({"level": "INFO", "msg": line, "step": at % 3, "worker": "w1"})
        for at, line in enumerate(lines)
    ]


def in_columns(job: str) -> list[str]:
    """As Rich prints where it knows no width: 80 columns."""
    gap = " " * 20
    return [
        "[08:25:15] INFO     Received New Event: Job Submitted. Data:          main.py:42",
        f"{gap}{job}|./storage/4d           ",
        f"{gap}{job[2:]}.png|crop|10,20           ",
        f"{gap},300,200" + " " * 52,
        "[08:25:15] INFO     Status updated to PROCESSING for job              main.py:42",
        f"{gap}{job}" + " " * 24,
        f"[08:25:18] INFO     Job {job}          main.py:42",
        f"{gap}COMPLETED. Result saved to:" + " " * 33,
        f"{gap}./storage/{job}_pr           ",
        f"{gap}ocessed.png" + " " * 49,
    ]


def exported(lines: list[str], *, verbose: bool = False) -> list[str]:
    """systemd's journal, of two workers."""
    made = []
    for at, line in enumerate(lines):
        head = (
            "Mon 2026-11-23 08:00:00.1 UTC [s=abc;i=%x;b=1]" if verbose else "__CURSOR=s=abc;i=%x"
        )
        fields = [f"_PID={812 + at % 2}", "SYSLOG_IDENTIFIER=worker", f"MESSAGE={line}"]
        made += [head % at, *((f"    {one}" if verbose else one) for one in fields)]
        made += [] if verbose else [""]
    return made


CLEF = [
    {"@mt": "Received New Event: Job Submitted. Data: {Data}", "Data": f"{ONE}|./a.png|grayscale|"},
    {"@mt": "Status updated to PROCESSING for job {JobId}", "JobId": ONE},
    {
        "@mt": "Job {JobId} COMPLETED. Result saved to: {Path:l}",
        "JobId": ONE,
        "Path": "./storage/r",
    },
]
SQL = "UPDATE jobs SET status='PROCESSING' WHERE id = %(id)s"

WHOLE = {
    "logfmt in a collector's JSON": in_json(as_logfmt(BOTH), stream="stdout"),
    "fields behind the words, two jobs": behind_cri(BOTH),
    "an echo of SQL among them": behind_cri([SQL, *BOTH]),
    "a template and its fields": [json.dumps(record) for record in CLEF],
    "columns of Rich": in_columns(ONE),
    "Java's own logger": [f"SEVERE: {line}" if line.startswith("Job") else line for line in BOTH],
    "two pods": of_two("worker-{worker} worker {line}"),
    "two dynos": of_two("2026-11-23T08:00:01+00:00 app[worker.{worker}]: {line}"),
    "two files": [
        json.dumps({"log": {"file": {"path": f"/var/log/{at % 2}.log"}}, "message": line})
        for at, line in enumerate(AT_ONCE + AT_ONCE_AGAIN)
    ],
    "a journal, exported": exported(AT_ONCE),
    "a journal, verbose": exported(AT_ONCE, verbose=True),
    "printed twice, with times": 2
    * [f"2026-11-23T08:00:{at:02d}.123456789Z {line}" for at, line in enumerate(worded(ONE))],
    "newest first, with times": [
        f"2026-11-23T08:00:{at:02d}.123456789Z {line}" for at, line in enumerate(BOTH)
    ][::-1],
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_whole_is_read(name, tmp_path):
    """Each job ended as it must."""
    ok, violations, document = judged(tmp_path, text(WHOLE[name]))
    assert (ok, violations) == (True, set()), document


DOUBTFUL = {
    "maybe-wrapped": wrapped(worded(ONE), 80),
    "maybe-newest-first": worded(ONE)[::-1],
    "maybe-workers": of_two("{worker} says {line}"),
    "maybe-misread": [
        line + ('", took 7}' if job == ONE else '" - ok') if "PROCESSING" in line else line
        for job in (ONE, TWO)
        for line in worded(job)
    ],
}


@pytest.mark.parametrize("reason", DOUBTFUL)
def test_what_a_short_log_does_not_show_is_not_judged(reason, tmp_path):
    """With the reason, and without one violation."""
    ok, violations, document = judged(tmp_path, text(DOUBTFUL[reason]))
    assert (ok, violations, document["reason"]) == (None, set(), reason)


NO_WORKERS = ("{at} | ", "{at:03d} | ", "line-{at} | ", "a1b2c3{at} | ", "{job} | ", "[{job}] ", "")


@pytest.mark.parametrize("prefix", NO_WORKERS)
def test_a_rows_number_and_a_jobs_id_are_no_workers(prefix, tmp_path):
    """One worker that does two jobs at once is told of."""
    lines = [
        prefix.format(at=at, job=(ONE, TWO)[at % 2][:8]) + line for at, line in enumerate(AT_ONCE)
    ]
    ok, violations, _ = judged(tmp_path, text(lines))
    assert (ok, violations) == (False, {("overlap", TWO)})


def test_two_workers_excuse_no_overlap_of_one(tmp_path):
    """The jobs of the one overlap; the other's do not excuse it."""
    third = worded(f"6{ONE[1:]}")
    lines = [f"worker-1 | {line}" for line in AT_ONCE] + [f"worker-2 | {line}" for line in third]
    ok, violations, _ = judged(tmp_path, text(lines))
    assert (ok, violations) == (False, {("overlap", TWO)})
