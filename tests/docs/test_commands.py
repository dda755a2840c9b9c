"""Whatever the documents tell a reader to type is typed here, or it says why not."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.docs.blocks import PAGES, ROOT, TYPED, CommandBlock, blocks, lines
from tests.quick import mostly_slow

COMMANDS = tomllib.loads((Path(__file__).parent / "commands.toml").read_text(encoding="utf-8"))
SHELL = [page for page in COMMANDS if any(e.get("run") == "shell" for e in COMMANDS[page])]


def typed(page: str) -> list[CommandBlock]:
    """The blocks of a page that somebody types."""
    return [block for block in blocks(ROOT / page) if block.language in TYPED]


@pytest.mark.parametrize("page", [page.relative_to(ROOT).as_posix() for page in PAGES])
def test_every_block_of_a_page_is_run_or_says_why_not(page: str) -> None:
    """A new block without an entry, or an entry without its block, fails here."""
    entries = COMMANDS.get(page, [])
    assert [lines(block)[0] for block in typed(page)] == [entry["block"] for entry in entries]
    for entry in entries:
        assert len({"run", "not_run"} & set(entry)) == 1, entry
        assert entry.get("run", "shell") in ("shell", "docker") or (ROOT / entry["run"]).exists()
        for named in re.findall(r"\btests/[\w/]+(?:\.py)?|\btest_\w+\.py", str(entry)):
            assert (ROOT / named).exists() or (ROOT / "tests/docs" / named).exists(), named
        assert all(
            why.strip() for why in [entry.get("not_run", "-"), *entry.get("without", {}).values()]
        )


def test_no_page_is_listed_that_is_not_there() -> None:
    """The list follows the pages."""
    assert set(COMMANDS) <= {page.relative_to(ROOT).as_posix() for page in PAGES}


@pytest.mark.embedded
@pytest.mark.parametrize("page", mostly_slow(SHELL, ["docs/uk/student.md"]))
def test_the_commands_of_a_page_do_what_it_says(checkout, page: str) -> None:
    """One block after another, as a reader types them, on a machine without Docker."""
    for block, entry in zip(typed(page), COMMANDS[page], strict=True):
        if entry.get("run") == "shell":
            without = entry.get("without", {})
            assert set(without) <= set(lines(block))
            checkout.shell("\n".join(line for line in lines(block) if line not in without))
    _PROMISES.get(page, lambda _: None)(checkout.folder)


def _readme(folder: Path) -> None:
    """The report of one's own run is where the page says."""
    report = folder / "my-report"
    assert "# Лабораторна робота 6" in (report / "report.md").read_text(encoding="utf-8")
    assert (report / "report.html").exists()
    schema = json.loads((ROOT / "report/schemas/verdict.schema.json").read_text(encoding="utf-8"))
    judged = json.loads((report / "verdict.json").read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(judged)) == []


def _maintainer(folder: Path) -> None:
    """What is made of the tables was up to date before it was made anew."""
    for name in ("docs/uk/troubleshooting.md", "docs/uk/checks-and-rules.md", "README.uk.md"):
        assert (folder / name).read_bytes() == (ROOT / name).read_bytes()


_PROMISES = {"README.uk.md": _readme, "docs/uk/maintainer.md": _maintainer}
