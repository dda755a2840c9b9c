"""Exercises of 03_demo."""

from typing import Any

from harness.lesson.exercises import NotYet, Wrong, returned
from harness.lesson.log import judge_log
from harness.trace import RULES

_BROKEN = {"Олена": "duplicate", "Тарас": "unfinished", "Марко": "order"}

#: A job's steps in the log's order → whether they are as they must be.
_CASES = (
    (("received", "processing", "completed"), True),
    (("received", "processing", "failed"), True),
    (("received", "completed"), False),
    (("received", "processing"), False),
    (("processing", "received", "completed"), False),
    (("received", "processing", "completed", "completed"), False),
    (("received", "processing", "completed", "failed"), False),
    ((), False),
)


def name_the_rule(answer: Any) -> None:
    """Whose log breaks which rule."""
    answers = {name: rule for name, rule in answer.items() if rule not in (None, ...)}
    if not answers:
        raise NotYet
    known = {rule.id for rule in RULES}
    for name, rule in answers.items():
        if rule not in known:
            raise Wrong("unknown", rule=rule)
        if rule != _BROKEN.get(name):
            raise Wrong("other", name=name, rule=rule)
    if set(answers) != set(_BROKEN):
        raise Wrong("some", left=", ".join(sorted(set(_BROKEN) - set(answers))))


def in_order(function: Any) -> None:
    """True for received, processing and one end; False for all else."""
    for steps, right in _CASES:
        result = returned(function, list(steps))
        if not isinstance(result, bool):
            raise Wrong("type", got=type(result).__name__)
        if result is not right:
            shown = " → ".join(steps) or "[]"
            raise Wrong("refused" if right else "accepted", steps=shown)


def fool_the_rules(answer: Any) -> None:
    """Another log than the real one, with the same verdict."""
    real, forged, submitted = answer
    if forged == real:
        raise NotYet
    if not isinstance(forged, list) or not all(isinstance(line, str) for line in forged):
        raise Wrong("lines")
    verdict = judge_log(forged, submitted)
    if verdict.ok is None:
        raise Wrong("nothing")
    if verdict.ok is False:
        raise Wrong("noticed", rules=", ".join(verdict.rules))


CHECKS = {
    "name-the-rule": name_the_rule,
    "in-order": in_order,
    "fool-the-rules": fool_the_rules,
}
