"""The command line speaks the reader's language, click's own words included."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import lab6 as run_lab6

#: Click's own words, none of which may reach a Ukrainian reader.
ENGLISH = re.compile(
    r"Usage|Options:|Commands:|Error|No such|Missing|Invalid|Got unexpected|requires an argument"
    r"|does not exist|Did you mean|Try '|Show this message|Aborted|Traceback"
)


def lab6(*arguments, lang="uk"):
    """Run the command as a person does; the finished process."""
    return run_lab6(*arguments, place=Path.cwd(), limit_s=60, LAB6_LANG=lang)


#: arguments → what the one sentence must hold
MISTAKES = {
    ("dmo",): "«demo»",
    ("підняти",): "«підняти»",
    ("--hepl",): "«--help»",
    ("demo", "--jbos", "3"): "«--jobs»",
    ("demo", "--jobs"): "--jobs",
    ("demo", "--jobs", "много"): "від 1 до 200",
    ("demo", "--jobs", "0"): "від 1 до 200",
    ("demo", "--jobs", "201"): "від 1 до 200",
    ("demo", "--runtime", "vm"): "--runtime",
    ("demo", "зайве"): "«зайве»",
    ("demo", "--json", "нема/такої/теки.json"): "нема",
    ("submit",): "ФАЙЛ",
    ("submit", "photo.png"): "--action",
    ("submit", "нема.png", "--action", "grayscale"): "«нема.png»",
    ("submit", "--wait=так", "x.png"): "--wait",
    ("submit", ".", "--action", "grayscale"): "тека",
    ("submit", __file__, "--action", "crop", "--url", "ftp://host"): "«ftp://host»",
    ("submit", __file__, "--action", "crop", "--url", "http://host:99999"): "«http://host:99999»",
    ("demo", "--json", "."): "«.»",
    ("doctor", "--json", "нема/такої.json"): "нема",
    ("verify", "нема.log"): "«нема.log»",
    ("logs", "база"): "«база» для СЕРВІС",
    ("logs", "wroker"): "«worker»",
    ("demo", "--runtime", "dokcer"): "«dokcer»",
    ("grade",): "теку роботи",
    ("report", "--from", "нема"): "Теки «нема» немає",
    ("verify", "x.log", "--json", "."): "«.»: це тека.",
    ("grade", "нема", "--out", "out/x"): "Теки «нема» немає",
    ("grade", __file__, "--out", "out/x"): "не тека",
    ("grade", ".", "--out", "out/x", "--profile", "нема.toml"): "Файлу «нема.toml» немає",
}


@pytest.mark.parametrize("arguments", MISTAKES, ids=lambda words: " ".join(words[:4]))
def test_a_mistake_gets_one_ukrainian_sentence_and_exit_2(arguments):
    """What is wrong, what to do, nothing else; no traceback, no English."""
    run = lab6(*arguments)
    assert run.returncode == 2
    assert run.stdout == ""
    what, hint = run.stderr.splitlines()
    assert what.startswith("✗ ")
    assert MISTAKES[arguments] in what
    assert hint.startswith("  Що робити: ")
    assert not ENGLISH.search(run.stderr)


COMMANDS = ["doctor", "up", "down", "demo", "submit", "logs", "verify", "checks", "report"]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_teaches_in_ukrainian(command):
    """Every command's help has usage, examples and options in Ukrainian, within 80 columns."""
    run = lab6(*command.split(), "--help")
    assert run.returncode == 0
    assert run.stdout.startswith(f"Використання: lab6 {command}".rstrip())
    assert "Параметри:" in run.stdout
    assert "lab6 " in run.stdout.partition("Параметри:")[0].partition("\n")[2]
    assert not ENGLISH.search(run.stdout)
    assert max(map(len, run.stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_help_speaks_english_when_asked(command):
    """LAB6_LANG=en gives English, with no Cyrillic left."""
    run = lab6(command, "--help", lang="en")
    assert run.returncode == 0
    assert not re.search("[а-яіїєґ]", run.stdout, re.IGNORECASE)


def test_no_command_shows_the_help_and_exits_2():
    """Somebody who types lab6 alone sees what it can do."""
    run = lab6()
    assert run.returncode == 2
    assert all(f"\n{group}:" in run.stderr for group in ("Студентові", "Викладачеві"))


@pytest.mark.parametrize(("asked", "shown"), [(("help",), ()), (("help", "logs"), ("logs",))])
def test_help_is_understood_as_a_command(asked, shown):
    """Who asks for help as other programs have it gets it."""
    run = lab6(*asked)
    assert (run.returncode, run.stdout) == (0, lab6(*shown, "--help").stdout)


def test_a_page_port_that_is_taken_is_told_with_its_own_option():
    """Not with lab6 up's."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = lab6("live", "--port", str(taken.getsockname()[1]))
    assert run.returncode == 2
    assert "lab6 live --port 0" in run.stderr


def test_nothing_that_is_piped_ends_in_blanks(tmp_path):
    """Neither headlines nor tables nor hints."""
    (tmp_path / "worker.log").write_text("Job 42 COMPLETED. Result saved to: x\n", encoding="utf-8")
    for run in (lab6("verify", str(tmp_path / "worker.log")), lab6("doctor")):
        assert run.stdout
        assert [line for line in run.stdout.splitlines() if line != line.rstrip()] == []


def test_english_mistakes_are_told_in_english():
    """The same sentence in the other language."""
    run = lab6("dmo", lang="en")
    assert run.stderr.splitlines()[0] == "✗ There is no command “dmo”. Did you mean “demo”?"


def test_help_is_quick():
    """The group's help imports none of the heavy libraries."""
    heavy = [
        "numpy",
        "PIL",
        "docker",
        "redis",
        "psycopg2",
        "httpx",
        "rich",
        "flask",
        "harness.stack.embedded",
    ]
    probe = (
        "import sys; from harness.cli.group import group; from harness.cli.exit_status import run\n"
        f"run(group, ['--help']); sys.exit(' '.join(m for m in {heavy} if m in sys.modules) or None)"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.returncode == 0
