"""Links lead somewhere, pictures are there, commands exist, and doctor's table is doctor's."""

import ast
import re
import shlex
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from harness.cli.group import group
from harness.grade.verdict.rubric import load_rubric
from harness.texts import catalogue
from harness.trace import RULES
from tests.docs import checks_and_rules, troubleshooting, typical_errors
from tests.docs.blocks import PAGES, ROOT, TYPED, CommandBlock, blocks, lines, prose
from tests.typical.errors import LANGUAGES, errors

MARKDOWN = [*PAGES, *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [page.relative_to(ROOT).as_posix() for page in MARKDOWN]


def anchors(page: Path) -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    bare = (re.sub(r"[^\w\- ]", "", head.strip().lower()) for head in heads)
    return {head.replace(" ", "-") for head in bare}


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    """Files and pictures exist; an anchor is a heading of its page."""
    for link in links(ROOT / name):
        if re.match("https?://", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def in_powershell() -> list[CommandBlock]:
    """What the pages tell a reader of Windows to type."""
    return [one for page in PAGES for one in blocks(page) if one.language == "powershell"]


@pytest.mark.parametrize("block", in_powershell(), ids=lambda one: f"{one.page}:{one.line}")
def test_what_is_for_powershell_is_powershell(block: CommandBlock) -> None:
    """Where no PowerShell is, its grammar at least finds no error."""
    reason = (
        "NOT CHECKED HERE, PowerShell's syntax: no tree-sitter-powershell; install the extra «dev»"
    )
    tree_sitter = pytest.importorskip("tree_sitter", reason=reason)
    grammar = pytest.importorskip("tree_sitter_powershell", reason=reason)
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    assert parser.parse(b"do { $a = ").root_node.has_error
    assert not parser.parse(block.text.encode()).root_node.has_error


def told_to_type() -> list[tuple[str, str]]:
    """Every ``lab6 …`` in blocks and in the prose's `code`, with its page."""
    found = []
    for page in PAGES:
        typed = [line for block in blocks(page) if block.language in TYPED for line in lines(block)]
        typed += re.findall(r"`([^`\n]+)`", prose(page))
        for line in typed:
            words = re.sub(r"^(LAB6_\w+=\S+ |\.venv[/\\](bin|Scripts)[/\\])+", "", line)
            if re.match(r"lab6( |$)", words) and "…" not in words:
                found.append((page.name, words.split(" > ")[0].split(" && ")[0]))
    return sorted(set(found))


@pytest.mark.parametrize(("page", "line"), told_to_type())
def test_every_lab6_command_of_the_pages_exists(page: str, line: str) -> None:
    """The command and its options are such as the program has."""
    _, *words = shlex.split(line)
    command: click.Command = group
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"{page}: {line}"
        command = found
    options = {name for one in command.get_params(click.Context(command)) for name in one.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options


def test_the_table_of_doctor_is_up_to_date() -> None:
    """``python -m tests.docs.troubleshooting`` would change nothing."""
    page = troubleshooting.PAGE.read_text(encoding="utf-8")
    assert troubleshooting.renewed(page) == page
    assert troubleshooting.table() in page


def test_the_page_of_typical_errors_is_up_to_date() -> None:
    """``python -m tests.docs.typical_errors`` would change nothing; each language has 14 or more."""
    assert typical_errors.page() == typical_errors.PAGE.read_text(encoding="utf-8")
    for language in LANGUAGES:
        assert len({one["name"] for one in errors(language)}) >= 14


def test_the_page_of_checks_and_rules_is_up_to_date() -> None:
    """``python -m tests.docs.checks_and_rules`` would change nothing, and leaves nothing out."""
    page = checks_and_rules.PAGE.read_text(encoding="utf-8")
    readme = checks_and_rules.README.read_text(encoding="utf-8")
    assert checks_and_rules.page() == page
    assert checks_and_rules.renewed(readme) == readme
    assert checks_and_rules.tasks_table() in readme
    for name in (*load_rubric().items, *(rule.id for rule in RULES)):
        assert f"`{name}`" in page


def test_readme_counts_as_the_rubric_does() -> None:
    """Its sentence about checks and points."""
    rubric = load_rubric()
    text = checks_and_rules.README.read_text(encoding="utf-8")
    assert f"{len(rubric.items)} перевірок разом дають {rubric.max_score:g} балів" in text
    assert len(rubric.tasks) == 4  # «чотири завдання»


def test_the_table_of_doctor_leaves_nothing_out() -> None:
    """Every advice in doctor's texts, and every error that its probes can meet, has its row."""
    texts = catalogue("uk")
    advices = {key for key in texts if re.fullmatch(r"doctor\.\w+\.mend.*", key)}
    told = {
        f"doctor.{name}.{mend}"
        for name, pairs in troubleshooting.FOUND.items()
        for mend in pairs.values()
    }
    assert advices == told
    raised = {
        *_raised("docker_door.py", ("engine", "_api", "client")),
        *_raised("servers.py", ("find_postgres", "find_redis")),
    }
    listed = {one for group in troubleshooting.ERRORS.values() for one in group}
    assert raised
    assert raised <= listed


def _raised(file: str, functions: tuple[str, ...]) -> set[str]:
    """The references of the errors that these functions raise."""
    tree = ast.parse((ROOT / "harness" / "stack" / file).read_text(encoding="utf-8"))
    return {
        node.exc.args[0].value
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and node.exc.args
        and isinstance(node.exc.args[0], ast.Constant)
    }


@pytest.mark.parametrize("name", [name for name in NAMES if "uk" in name])
def test_ukrainian_pages_use_their_own_quotes_and_words(name: str) -> None:
    """«…» rather than "…", ’ rather than ', застосунок rather than додаток."""
    text = re.sub(r"`[^`\n]+`|<!--.*?-->|\]\([^)]*\)", "", prose(ROOT / name))
    assert re.findall(r"“|”|[а-яіїєґ]'[а-яіїєґ]|\bдодат(?:ок|ку|ка|ки)\b", text) == []
