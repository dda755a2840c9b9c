"""What a results folder tells of a class, and whether it is what the class's variants are known
for."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.classroom.archive import Pupil
from tests.mutants.variants import ROOT, Variant

Verdict = dict[str, Any]


def verdicts_in(out: Path) -> dict[str, Verdict]:
    """By the name under which the work was handed in; without those that are still being written:
    these do not say yet of what they are."""
    found = {}
    for file in sorted(out.glob("*/verdict.json")):
        with suppress(ValueError, FileNotFoundError):
            verdict = json.loads(file.read_text(encoding="utf-8"))
            if "intake" in verdict:
                found[verdict["intake"]["given"]] = verdict
    return found


def ran(verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    """Those of works that were started; an empty one is told of without."""
    return {name: one for name, one in verdicts.items() if one["seconds"]}


def undecided(verdict: Verdict) -> list[str]:
    """Checks that the grader or the machine could not judge: such a work is graded again."""
    return [one["id"] for one in verdict["checks"] if (one["cause"] or {}).get("error")]


def wrong(group: Sequence[Pupil], verdicts: dict[str, Verdict]) -> list[str]:
    """In words: works without a verdict, or with one that their variant is not known for.
    Those that could not be decided are not among them."""
    found = []
    for pupil in group:
        verdict = verdicts.get(pupil.folder)
        if (verdict is None) is not pupil.hostile:
            found.append(f"{pupil.name}: {'a' if verdict else 'no'} verdict")
        elif verdict is not None and not undecided(verdict) and not _right(pupil, verdict):
            told = [one["id"] for one in verdict["checks"] if one["passed"] is not True]
            name = pupil.variant.name if pupil.variant else "empty"
            found.append(f"{pupil.name}, {name}: {verdict['score']}, not passed: {told}")
    return found


def _right(pupil: Pupil, verdict: Verdict) -> bool:
    """Caught by its check; an honest one by none; nothing for nothing."""
    if pupil.variant is None:
        return bool(verdict["score"] == 0)
    if pupil.variant.check is None:
        return all(one["passed"] is True for one in verdict["checks"])
    return any(
        one["id"] == pupil.variant.check and one["passed"] is False for one in verdict["checks"]
    )


def badly_scored(verdicts: dict[str, Verdict], moved: dict[str, int]) -> list[str]:
    """In words: checks that are not worth the kit's points with what was ``moved``, and scores that
    are no sum."""
    table = tomllib.loads((ROOT / "checks" / "rubric.toml").read_text(encoding="utf-8"))["check"]
    worth = {name: one["points"] + moved.get(name, 0) for name, one in table.items()}
    found = []
    for name, verdict in verdicts.items():
        odd = [one["id"] for one in verdict["checks"] if one["max_points"] != worth[one["id"]]]
        found += [f"{name}: {check} has other points" for check in odd]
        total = round(sum(one["points"] for one in verdict["checks"]), 2)
        found += [f"{name}: {verdict['score']} is not {total}"] * (verdict["score"] != total)
    return found


def differing(
    one: dict[str, Verdict], other: dict[str, Verdict], variant_of: Mapping[str, Variant]
) -> list[str]:
    """In words: works whose verdicts are not the same, whoever graded them, and wherever. Of one
    that races with itself its own check counts alone.
    """
    found = []
    for name in sorted(one.keys() | other.keys()):
        variant = variant_of.get(name)
        check = variant.check if variant and variant.races else None
        first, second = (_words(verdicts.get(name), check) for verdicts in (one, other))
        found += [f"{name}: {first} and {second}"] * (first != second)
    return found


def _words(verdict: Verdict | None, check: str | None) -> object:
    """A verdict without its times; of one ``check`` alone where one is named."""
    if verdict is None:
        return None
    checks = {one["id"]: (one["passed"], one["points"]) for one in verdict["checks"]}
    score = verdict["score"] if check is None else None
    return verdict["ok"], score, verdict["intake"], checks if check is None else checks[check]
