"""Logs out of which a tool has cut a piece, and says so: what is missing may have stood there; what
was wrong beside it was wrong.
"""

import pytest

from tests.unit.trace.test_mending import BROKEN, IDS, judged, text, worded

MARKS = [
    "... [truncated 3121 bytes] ...",
    "[...truncated...]",
    "Streaming output truncated to the last 40 lines.",
    "<1,204 lines omitted>",
    "[Output truncated]",
    "120 lines skipped",
]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("broken", [False, True])
def test_what_stood_in_a_piece_that_was_cut_out_is_nobodys_fault(tmp_path, mark, broken) -> None:
    """From within one line to within another; the jobs between them seem lost."""
    (ids := tmp_path / "ids.txt").write_text("\n".join(IDS) + "\n")
    lines = worded(broken)
    cut = [*lines[:13], lines[13][:30], mark, lines[-4][40:], *lines[-3:]]
    ok, found, document = judged(tmp_path, text(cut), "--submitted", str(ids))
    expected = (False, BROKEN, None) if broken else (None, set(), "maybe-cut")
    assert (ok, found, document["reason"]) == expected


@pytest.mark.parametrize(
    "line", ["image file is truncated (17 bytes not processed)", "4 rows are shown", "[cut]"]
)
def test_other_words_are_no_mark(tmp_path, line) -> None:
    lines = worded(True)
    ok, found, _ = judged(tmp_path, text([*lines[:10], line, *lines[10:]]))
    assert (ok, found) == (False, BROKEN)


def test_a_mark_excuses_no_job_that_is_told_of_on_one_side_of_it(tmp_path) -> None:
    lines = [line for line in worded(False) if IDS[2] not in line or "Received" not in line]
    ok, found, _ = judged(tmp_path, text([*lines[:11], MARKS[0], *lines[14:]]))
    assert (ok, found) == (False, {("phantom", IDS[2])})


COMMANDS = [
    "$ docker logs --tail 35 image_worker_service",
    "PS C:\\lab6> docker compose logs -t --tail=35 worker",
    "$ docker logs -n 35 image_worker_service",
    "student@pc:~$ tail -n 35 worker.log",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_prints_the_end_alone_has_cut_the_first_job(tmp_path, command) -> None:
    ok, found, document = judged(tmp_path, text([command, *worded(False)[1:]]))
    assert (ok, found, document["reason"]) == (None, set(), "maybe-cut")
    ok, found, _ = judged(tmp_path, text([command, *worded(True)[1:]]))
    assert (ok, found) == (False, BROKEN)


def test_a_job_that_no_cut_explains_is_told(tmp_path) -> None:
    """The worker had taken another one since."""
    lines = [line for line in worded(False) if IDS[2] not in line or "Received" not in line]
    ok, found, _ = judged(tmp_path, text([COMMANDS[0], *lines[1:]]))
    assert (ok, found) == (False, {("phantom", IDS[2])})
