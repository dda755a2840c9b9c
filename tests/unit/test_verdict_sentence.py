"""What `lab6 verify` says of a log in one line."""

from harness.texts.violations import verdict_sentence
from harness.trace import Judge, lab_profile


def said(*lines):
    """Of a log with these lines."""
    judge = Judge(lab_profile())
    for line in lines:
        judge.feed(line)
    return verdict_sentence(judge.finish())


def test_an_empty_log_is_called_empty():
    """Not the worker's other wording: there is none at all."""
    assert "журнал порожній" in said()
    assert "--profile" not in said()


def test_a_log_without_events_may_have_other_words():
    """Something is there, and nothing of it is an event."""
    assert "--profile" in said(b"hello\n")
