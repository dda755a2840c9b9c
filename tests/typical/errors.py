"""A beginner's errors, one table a language: put into the solved skeleton, and what must be said
first.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from harness.texts import catalogue
from tests.command import lab6
from tests.day import day
from tests.skeletons.peel import TASKS, build

LANGUAGES = ("python", "go", "node")
SUFFIX = {"python": "py", "go": "go", "node": "js"}
LIMIT_S = 600  # a hang; idle, half a minute
_HERE = Path(__file__).parent

Error = Mapping[str, str]


def errors(language: str) -> list[Error]:
    """The table of this language."""
    table = tomllib.loads((_HERE / f"{language}.toml").read_text(encoding="utf-8"))
    found: list[Error] = table["error"]
    return found


def todays(language: str) -> Error:
    """The error whose turn it is: the dear tests try one a day."""
    table = errors(language)
    return table[day() % len(table)]


def whose_turn(language: str, days: int) -> list[Error]:
    """Those whose turn it is where each is tried every so many days; all of them with
    LAB6_ALL_ERRORS=1.
    """
    table = errors(language)
    if os.environ.get("LAB6_ALL_ERRORS"):
        return table
    return [error for number, error in enumerate(table) if (number - day()) % days == 0]


def put_in(language: str, error: Error, folder: Path) -> Path:
    """The skeleton with all tasks done and this error in it; the folder."""
    build(language, folder, TASKS)
    file = folder / file_of(language, error)
    text = file.read_text(encoding="utf-8")
    assert error["old"] in text, error["name"]
    file.write_text(text.replace(error["old"], error["new"]), encoding="utf-8")
    return folder


def file_of(language: str, error: Error) -> str:
    """The file with the error, within the work's folder."""
    return f"lab6/{error['service']}/main.{SUFFIX[language]}"


def first_told(said: str) -> str:
    """What is told from the first cause on, to the blank line after it, as one line."""
    assert "✗ Найперша причина" in said, said
    return " ".join(said[said.index("✗ Найперша причина") :].partition("\n\n")[0].split())


def must_be_named(language: str, error: Error, said: str) -> None:
    """What happened, its file, its line, the code there and the hint stand in the first cause."""
    first, texts = first_told(said), catalogue("uk")
    if "shown_by" not in error:  # the checks start a worker again that ended: it may be up by then
        sentence = re.split(r"\{\w+\}", texts[f"finding.case.{error['case']}"])
        assert re.search(".+".join(map(re.escape, sentence)), first), first
    assert texts[f"finding.hint.{error['kind']}"] in first, first
    assert f"{file_of(language, error)}, рядок " in first, said
    assert " ".join(error["code"].split()) in first, first


def command_says(language: str, error: Error, work: Path, runtime: str) -> None:
    """The command that comes upon the error names it before all else, and ends with 1 or 2."""
    command = error.get("shown_by", "demo")
    run = lab6(command, work, "--runtime", runtime, place=work.parent, limit_s=LIMIT_S)
    assert run.returncode in (1, 2), run.stdout + run.stderr
    said = run.stderr + run.stdout if "✗ Найперша" in run.stderr else run.stdout
    must_be_named(language, error, said)


def checks_and_report_say(language: str, error: Error, work: Path, runtime: str) -> None:
    """So do ``checks``, before the points, and both pages of the report of that run."""
    place = work.parent
    words = ("checks", work, "--runtime", runtime, "--out", "run")
    run = lab6(*words, place=place, limit_s=LIMIT_S)
    assert run.returncode in (1, 2), run.stdout + run.stderr
    must_be_named(language, error, run.stdout)
    assert run.stdout.index("✗ Найперша причина") < run.stdout.index("Разом")
    lab6("report", work, "--from", "run", "--out", "my", place=place, limit_s=LIMIT_S)
    for name, chapter in (("report.md", "## 1."), ("report.html", "<h2")):
        beginning = (place / "my" / name).read_text(encoding="utf-8").partition(chapter)[0]
        assert f"{file_of(language, error)}" in beginning, beginning
        assert "рядок " in beginning
