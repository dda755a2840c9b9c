"""Every rule by its own cases: `cases/<rule>.toml`, and `cases/log.toml` for what a log may look
like.

A case's log is written short: ``R A`` is job A's receipt, ``P A``, ``C A``, ``F A`` its statuses,
``D A`` an announced redelivery, ``S`` the banner; ``name> R A`` puts a compose prefix before it.
Any other line stands as it is, with ``{A}`` for job A's id.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.trace import RULES, Judge, lab_profile
from harness.trace.profile import profile_from

CASES = Path(__file__).parent / "cases"
IDS = {name: f"{ord(name):02x}3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b" for name in "ABCDEFGH"}
WORDS = {
    "R": "worker/main.py:66: Received New Event: Job Submitted. Data: {id}|./storage/{id}.png|grayscale|",
    "D": "worker/main.py:70: Redelivered Event: Job Submitted. Data: {id}|./storage/{id}.png|grayscale|",
    "P": "worker/main.py:88: Status updated to PROCESSING for job {id}",
    "C": "worker/main.py:104: Job {id} COMPLETED. Result saved to: ./storage/processed_{id}.png",
    "F": "worker/main.py:108: Job {id} FAILED. Error: cannot read the picture",
}


def written_out(line: str) -> str:
    """The log line that a case's short line means."""
    prefix, mark, rest = line.rpartition("> ")
    word, _, name = rest.partition(" ")
    if word in WORDS and name in IDS:
        text = WORDS[word].format(id=IDS[name])
    elif rest == "S":
        text = "worker/main.py:60: Worker started listening for events..."
    else:
        return line.format(**IDS) if "{" in line else line
    return f"{prefix}  | {text}" if mark else text


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.toml"))
        for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
    ]


@pytest.mark.parametrize("case", cases())
def test_a_log_breaks_exactly_the_rules_it_breaks(case: dict[str, Any]) -> None:
    profile = profile_from(case["profile"], "case") if "profile" in case else lab_profile()
    submitted = [IDS[name] for name in case["submitted"]] if "submitted" in case else None
    judge = Judge(profile, submitted)
    live = []
    for line in case["log"].strip("\n").split("\n"):
        live += judge.feed(written_out(line)).violations
    verdict = judge.finish()
    broken = {(v.rule, v.job_id) for v in verdict.violations}
    assert broken == {(rule, IDS.get(job, job or None)) for rule, job in case.get("broken", [])}
    assert verdict.ok == {"yes": True, "no": False, "unknown": None}[case["ok"]]
    assert {v.rule for v in live} <= {rule for rule, _ in broken}, "told live, and taken back"


def test_every_rule_has_cases_that_break_it_and_cases_that_do_not() -> None:
    assert {file.stem for file in CASES.glob("*.toml")} == {rule.id for rule in RULES} | {"log"}
    for rule in RULES:
        table = tomllib.loads((CASES / f"{rule.id}.toml").read_text(encoding="utf-8"))["case"]
        breaks = [any(r == rule.id for r, _ in case.get("broken", [])) for case in table]
        assert any(breaks), rule.id
        assert not all(breaks), rule.id
