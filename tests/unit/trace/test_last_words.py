"""What follows the last event of a job that does not end is told: an outcome in other words."""

import pytest

from harness.texts.violations import hint, violation_message
from harness.trace import Judge, lab_profile
from harness.trace.last_words import with_last_words

JOB, OTHER = "6a767fa8-85a8-4dcd-a435-66735a12fa27", "0b767fa8-85a8-4dcd-a435-66735a12fa27"
RECEIVED = f"Received New Event: Job Submitted. Data: {JOB}|./s/a.png|crop|1,2,3,4"
PROCESSING = f"Status updated to PROCESSING for job {JOB}"


def violations(*lines):
    """Of this log."""
    log = [line.encode() for line in lines]
    judge = Judge(lab_profile())
    judge.feed_all(log)
    return with_last_words(judge.finish(), log).violations


@pytest.mark.parametrize("begun", [(RECEIVED,), (RECEIVED, PROCESSING)])
@pytest.mark.parametrize("said", [f"Job {JOB} DONE.", f"worker: {JOB.upper()} ready [x](y)"])
def test_the_line_that_may_be_the_end_is_quoted(begun, said):
    """The first one behind the last event, with its number; the hint asks about it."""
    (broken,) = violations(*begun, f"Job {OTHER} DONE.", said, f"bye {JOB}")
    assert (broken.facts["line"], broken.facts["text"]) == (len(begun) + 2, said)
    assert said in violation_message(broken, "uk")
    assert "іншими словами" in hint([broken])


def test_where_nothing_follows_the_words_stay():
    """A line before the last event tells nothing of an end."""
    (broken,) = violations(f"Job {JOB} DONE.", RECEIVED, PROCESSING, f"Job {OTHER} DONE.")
    assert broken.case == "processing"
    assert "винятки" in hint([broken])


def test_a_line_is_told_within_bounds():
    """A worker may write a megabyte in one."""
    (broken,) = violations(RECEIVED, f"{JOB} {'x' * 100_000}")
    assert len(violation_message(broken)) < 400


def test_a_line_glued_behind_another_is_quoted_from_where_it_begins():
    """Two threads that print at once: the line's beginning is about another job."""
    glued = f"{RECEIVED.replace(JOB, OTHER)}, {'x' * 100}Job {JOB} COMPLETED. Result saved to: x"
    found = [one.facts.get("text", "") for one in violations(RECEIVED, PROCESSING, glued)]
    (text,) = filter(None, found)
    assert f"Job {JOB} COMPLETED" in text
    assert text.startswith("…")
