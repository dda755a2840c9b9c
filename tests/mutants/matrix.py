"""The kill matrix: every variant graded by the whole suite, and what each check said of it.

``python -m tests.mutants.matrix`` writes docs/kill-matrix.md (``make kill-matrix``). Ends with 1
where a wrong lab was not caught by the check that is about it, an honest one lost a check, or a
verdict changed between two runs of the same lab.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from harness.grade.verdict.rubric import load_rubric
from tests.mutants.busy import not_judged, patiently
from tests.mutants.variants import KINDS, ROOT, Variant, variants

OUT = ROOT / "docs" / "kill-matrix.md"
LIMIT_S = 600
SHORTER = {"job_s = 30": "job_s = 8", "quiet_s = 8": "quiet_s = 2", "back_s = 40": "back_s = 15"}
MARKS = {True: "·", False: "✗", None: "–"}
#: Graded again and again, beside others, to see whether a verdict ever changes.
REPEATED = (
    "same-ids-after-a-restart",
    "grey-is-a-copy",
    "last-in-first-out",
    "no-processing",
    "another-name",
)

Judged = dict[str, bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One variant, graded."""

    variant: Variant
    checks: Judged
    score: float
    faults: tuple[str, ...]  #: checks that could not be judged by a fault of the grader's

    @property
    def right(self) -> bool:
        """Caught by its check; an honest one by none, and all of it judged."""
        if self.faults:
            return False
        if self.variant.check:
            return self.checks[self.variant.check] is False
        return all(self.checks.values())


@click.command(help=__doc__)
@click.option(
    "--only", multiple=True, metavar="NAME", help="These alone; the page's other rows stay."
)
@click.option("--engine/--no-engine", default=True, help="Also those that need containers.")
@click.option(
    "--repeat", default=20, show_default=True, help="Runs of the reference and of five mutants."
)
@click.option("--at-once", default=2, show_default=True, help="Runs at a time.")
def main(only: tuple[str, ...], engine: bool, repeat: int, at_once: int) -> None:
    chosen = [
        one for kind in KINDS for one in variants(kind).values() if not only or one.name in only
    ]
    chosen = [one for one in chosen if engine or not one.engine]
    changed: dict[str, int] = {}
    with ThreadPoolExecutor(at_once) as pool:
        rows = list(_told(pool.map(grade, chosen), len(chosen)))
        for runs, changed in enumerate(flakiness(pool, 0 if only else repeat), 1):
            # After every round: whoever interrupts it keeps what was measured until then.
            OUT.write_text(document(rows, changed, runs, at_once), encoding="utf-8")
            click.echo(f"{runs} rounds, changed verdicts: {changed}")
    if only and OUT.is_file():
        OUT.write_text(renewed(OUT.read_text(encoding="utf-8"), rows), encoding="utf-8")
    wrong = [row.variant.name for row in rows if not row.right]
    click.echo(f"{len(rows)} variants, judged wrongly: {wrong or 'none'}, changed: {changed}")
    sys.exit(1 if wrong or any(changed.values()) else 0)


def _told(rows: Iterable[Row], most: int) -> Iterable[Row]:
    for number, row in enumerate(rows, 1):
        said = ", ".join(name for name, passed in row.checks.items() if passed is False) or "none"
        mark = "ok   " if row.right else "WRONG"
        click.echo(
            f"{number:>3}/{most} {mark} {row.variant.kind} {row.variant.name}: false: {said}"
        )
        yield row


def grade(variant: Variant | None) -> Row:
    """The whole suite on a variant; on the reference where it is None. Graded again where the
    machine was too busy to judge all of it."""
    checks, score = patiently(lambda _: _graded(variant), lambda graded: graded[0])
    faults = tuple(name for name, one in checks.items() if (one["cause"] or {}).get("error"))
    faults += tuple(not_judged(checks))
    judged = {name: one["passed"] for name, one in checks.items()}
    reference = Variant(kind="honest", name="reference", check=None, changes=(), engine=False)
    return Row(variant=variant or reference, checks=judged, score=score, faults=faults)


def _graded(variant: Variant | None) -> tuple[dict[str, Any], float]:
    """The checks of one run by their id, and the score."""
    with tempfile.TemporaryDirectory(prefix="lab6-matrix-") as folder:
        place = Path(folder)
        lab = ROOT if variant is None else variant.build(_made(place / "lab"))
        command = [sys.executable, "-m", "pytest", str(ROOT / "checks"), "-q", "--tb=no"]
        command += ["-p", "no:cacheprovider", f"--submission={lab}", f"--lab6-out={place / 'out'}"]
        command += [f"--runtime={'compose' if variant and variant.engine else 'embedded'}"]
        command += [f"--leash={os.getpid()}"]
        if variant is not None and variant.check:
            command += [f"--rubric={_shorter(place)}"]
        subprocess.run(command, cwd=place, capture_output=True, timeout=LIMIT_S, check=False)
        verdict = json.loads((place / "out" / "verdict.json").read_text(encoding="utf-8"))
    return {one["id"]: one for one in verdict["checks"]}, verdict["score"]


def flakiness(pool: ThreadPoolExecutor, repeat: int) -> Iterator[dict[str, int]]:
    """After each round, by lab: how many runs did not say what its first one said. They load
    each other.
    """
    known = variants("mutants")
    labs: list[Variant | None] = [None, *(known[name] for name in REPEATED)]
    seen: dict[str, list[Judged]] = {}
    for _ in range(repeat):
        for row in _told(pool.map(grade, labs), len(labs)):
            seen.setdefault(row.variant.name, []).append(row.checks)
        yield {name: sum(one != all_[0] for one in all_) for name, all_ in seen.items()}


def document(rows: Sequence[Row], changed: dict[str, int], runs: int, at_once: int) -> str:
    """The page."""
    ids = list(load_rubric().items)
    lines = [
        "# Which check catches what",
        "",
        "Generated by `make kill-matrix`: every variant of the lab, graded with all checks. ✗ failed,",
        "**✗** failed because of this very defect, – not checked (it rests on a check that failed),",
        "· passed. The checks, by number:",
        "",
        *(f"{number}. `{name}`" for number, name in enumerate(ids, 1)),
        "",
    ]
    for kind in KINDS:
        of_kind = [row for row in rows if row.variant.kind == kind]
        right = sum(row.right for row in of_kind)
        lines += [f"## {kind.capitalize()}: {right} of {len(of_kind)} judged correctly", ""]
        lines += ["| variant | points | " + " | ".join(map(str, range(1, len(ids) + 1))) + " |"]
        lines += ["| :--- | ---: |" + " :-: |" * len(ids)]
        lines += [_line(row, ids) for row in of_kind] + [""]
    lines += ["## Flakiness", ""]
    lines += [
        f"Each of these labs was graded {runs} times, {at_once} at a time on the same machine. A verdict",
        "counts as changed if any check differs from the first run.",
        "",
        "| lab | changed verdicts |",
        "| :--- | ---: |",
        *(f"| {name} | {count} of {runs} |" for name, count in changed.items()),
    ]
    return "\n".join(lines) + "\n"


def renewed(page: str, rows: Sequence[Row]) -> str:
    """The page with these rows graded anew, those that it had not at its tables' ends; and its
    counts."""
    ids = list(load_rubric().items)
    fresh = {
        kind: {_name(r): _line(r, ids) for r in rows if r.variant.kind == kind} for kind in KINDS
    }
    kind, right, told = "", Counter[str](), Counter[str]()
    lines = list[str]()

    def keep(line: str) -> None:
        told[kind] += 1
        right[kind] += "**✗**" in line if kind != "honest" else not {"✗", "–"} & set(line)
        lines.append(line)

    for line in page.splitlines():
        if found := re.match(r"## (\w+): \d+ of", line):
            kind = found[1].lower()
        name, *marks = [cell.strip() for cell in line.strip("|").split("|")]
        if kind and len(marks) == len(ids) + 1 and name not in ("variant", ":---"):
            keep(fresh[kind].pop(name, line))
            continue
        if kind and not line and told[kind]:  # the table's end
            for more in fresh[kind].values():
                keep(more)
            kind = ""
        lines.append(line)
    heads = re.compile(r"^## (\w+): \d+ of \d+ judged", re.MULTILINE)
    return heads.sub(
        lambda f: f"## {f[1]}: {right[f[1].lower()]} of {told[f[1].lower()]} judged",
        "\n".join(lines) + "\n",
    )


def _name(row: Row) -> str:
    return row.variant.name + (" (containers)" if row.variant.engine else "")


def _line(row: Row, ids: Sequence[str]) -> str:
    marks = [MARKS[row.checks.get(one)] for one in ids]
    if row.variant.check:
        at = ids.index(row.variant.check)
        marks[at] = f"**{marks[at]}**"
    return f"| {_name(row)} | {row.score:g} | " + " | ".join(marks) + " |"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _shorter(place: Path) -> Path:
    """The rubric with shorter deadlines: most of what is waited for in a wrong lab never comes."""
    text = (ROOT / "checks" / "rubric.toml").read_text(encoding="utf-8")
    for old, new in SHORTER.items():
        text = text.replace(f"\n{old} ", f"\n{new} ")
    file = place / "rubric.toml"
    file.write_text(text, encoding="utf-8")
    return file


if __name__ == "__main__":
    main()
