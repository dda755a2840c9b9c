"""The scenario's thread: whatever ends it, the page learns of it and may ask again."""

import logging

import pytest

from harness.live import showing
from harness.live.board import Board
from harness.stack.errors import StackError
from harness.stack.waiting import until


@pytest.mark.parametrize(
    ("error", "told", "logged"),
    [
        (StackError("scenario-missed"), "", False),
        (OSError("disk full"), "disk full", False),
        (KeyError("odd"), "'odd'", True),
        (ZeroDivisionError(), "ZeroDivisionError", True),
    ],
)
def test_a_scenario_that_fails_says_so(monkeypatch, caplog, error, told, logged):
    """Also by an error that nobody foresaw: that one is in the log, too; nothing stays busy."""

    def fails(*_):
        raise error

    monkeypatch.setattr(showing, "killed_in_mid_job", fails)
    board = Board()
    show = showing.Showing("embedded", board)
    with caplog.at_level(logging.ERROR, "harness.live.showing"):
        assert show.begin()
        show.close()
    section = board.since(0)["sections"]["scenario"]
    assert section["step"] == "failed"
    assert told in section["why"]["uk"]
    assert bool(caplog.records) is logged


def test_it_may_be_asked_for_again(monkeypatch):
    """After an end by whatever error."""
    monkeypatch.setattr(showing, "killed_in_mid_job", lambda *_: 1 / 0)
    show = showing.Showing("embedded", Board())
    assert show.begin()
    until(show.begin, deadline_s=20, what="a second time")
    show.close()
