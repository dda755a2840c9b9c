"""Both languages say the same things, and whatever the code says has its words."""

import ast
import builtins
import errno
import os
import re
import string
from pathlib import Path

import pytest

from harness.grade.verdict.results import told
from harness.lab6.oracle.judging import PictureFault
from harness.texts import LANGUAGES, catalogue, number, reason

ROOT = Path(__file__).parents[2]
CODE = [
    file for room in ("harness", "report", "checks") for file in sorted((ROOT / room).rglob("*.py"))
]
RAISED = re.compile(r"(Error|Problem|Timeout)$")
REFERENCE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
BUILT_IN = {name for name in dir(builtins) if name.endswith("Error")}


def placeholders(text):
    """The names in a text's braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def calls():
    """Every call in the code: its file and line, the name called, the node."""
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func
                name = getattr(called, "id", getattr(called, "attr", ""))
                yield f"{file.relative_to(ROOT).as_posix()}:{node.lineno}", name, node


def first_text(node):
    """The call's first argument where it is a plain string; else None."""
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def given(node):
    """The names of the facts that a call gives; None where it gives a dictionary."""
    names = {keyword.arg for keyword in node.keywords}
    return None if None in names else names


def raised():
    """Every error raised by a reference: place, reference, names of its facts."""
    for place, name, node in calls():
        reference = first_text(node)
        ours = RAISED.search(name) and name not in BUILT_IN
        if ours and reference and REFERENCE.fullmatch(reference):
            yield place, reference, given(node)


def said():
    """Every text said by its whole key: place, key, names of its facts."""
    for place, name, node in calls():
        key = first_text(node)
        if name == "say" and key:
            yield place, key, given(node)


def untold(places, keys_of):
    """Where the code tells of something that has no words in a language, or leaves a placeholder
    of them empty: place, language, key.
    """
    wrong = []
    for place, name, facts in places:
        for lang in LANGUAGES:
            for key in keys_of(name):
                text = catalogue(lang).get(key)
                if text is None or (facts is not None and not placeholders(text) <= facts):
                    wrong.append((place, lang, key))
    return wrong


def test_both_languages_have_the_same_keys():
    """No text is missing in a language."""
    ukrainian, english = (set(catalogue(lang)) for lang in LANGUAGES)
    assert ukrainian == english


def test_both_languages_fill_the_same_placeholders():
    """A fact that one language tells, the other tells too."""
    english = catalogue("en")
    told = {
        key: (placeholders(text), placeholders(english[key]))
        for key, text in catalogue("uk").items()
    }
    assert {key: both for key, both in told.items() if both[0] != both[1]} == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_is_empty(lang):
    """A hint that says nothing is none."""
    assert [key for key, text in catalogue(lang).items() if not text.strip(" \n")] == []


def test_every_error_has_what_and_hint():
    """What is wrong, and what to do: always both."""
    parts = {}
    for key in catalogue("uk"):
        if key.startswith("errors."):
            _, reference, part = key.split(".", 2)
            parts.setdefault(reference, set()).add(part)
    assert {
        reference: found for reference, found in parts.items() if found != {"what", "hint"}
    } == {}


def test_every_error_in_the_code_has_its_words():
    """What is raised can be told, and brings every fact that its words need."""
    errors = list(raised())
    assert errors
    assert untold(errors, lambda name: [f"errors.{name}.{part}" for part in ("what", "hint")]) == []


def test_everything_said_has_its_words():
    """Each key in the code is in the texts, with no placeholder that stays empty."""
    texts = list(said())
    assert texts
    assert untold(texts, lambda key: [key]) == []


def test_every_problem_of_a_demonstration_has_its_words():
    """Whatever the comparison of witnesses finds can be told."""
    told = {first_text(node) for _, name, node in calls() if name == "_problem"} - {None}
    told |= {f"picture-{fault}" for fault in PictureFault}
    assert told
    assert told == {key.split(".")[2] for key in catalogue("uk") if key.startswith("demo.problem.")}


def test_ukrainian_texts_use_their_own_quotes_and_words():
    """«…» rather than "…", застосунок rather than додаток (the glossary's faults)."""
    faults = {
        key: text
        for key, text in catalogue("uk").items()
        if re.search(r"“|”|\bдодат(ок|ку|ка|ки)\b", text)
    }
    assert faults == {}


def test_the_systems_own_words_are_told_in_the_readers_language(monkeypatch):
    """errno's texts, with or without Python's number before them; anything else as it is."""
    monkeypatch.setenv("LAB6_LANG", "uk")
    assert reason(os.strerror(errno.EACCES)) == "немає прав доступу"
    assert reason(str(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"))) == (
        "у з’єднанні відмовлено"
    )
    assert reason("own words") == "own words"
    monkeypatch.setenv("LAB6_LANG", "en")
    assert reason(os.strerror(errno.EACCES)) == "permission denied"


@pytest.mark.parametrize(("lang", "written"), [("uk", "3,5"), ("en", "3.5")])
def test_numbers_are_written_as_the_language_does(monkeypatch, lang, written):
    """A decimal comma in Ukrainian."""
    monkeypatch.setenv("LAB6_LANG", lang)
    assert number(3.5) == number(3.49, ".1f") == written


#: Words of a court, and of a program that speaks.
COURT = re.compile(
    r"\b(не судимо|суд(?:ить|ять|имо|ді)|несуджен\w*|свід(?:ок|к[иіаоу]\w*)|каже|кажуть"
    r"|кара(?:є|ти|ється)|звинувач\w*|винен|винна|винні|шахрай\w*)\b"
)
PAGES = [*(ROOT / "docs" / "uk").glob("*.md"), *(ROOT / "notebooks").glob("*.md")]


def test_ukrainian_texts_accuse_nobody():
    """A work is checked, not tried; a program shows, and does not say."""
    assert {key: text for key, text in catalogue("uk").items() if COURT.search(text)} == {}


@pytest.mark.parametrize("page", [ROOT / "README.uk.md", *PAGES], ids=lambda page: page.name)
def test_ukrainian_pages_accuse_nobody(page):
    """Guides and notebooks keep to the same."""
    lines = page.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if COURT.search(line)] == []


def test_evidence_has_the_readers_decimal_sign(monkeypatch):
    """What a check expected and found, too."""
    monkeypatch.setenv("LAB6_LANG", "uk")
    assert (told(2.0), told(0.25)) == ("2", "0,25")
