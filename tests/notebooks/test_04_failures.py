"""04_failures shows what the lab's own code loses, and that the kit's does not, by real faults."""

import re

NOTEBOOK = "04_failures"


def rows(html):
    """The rows of a table without its index, each a list of its cells' texts."""
    found = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    return [re.findall(r"<td>(.*?)</td>", row) for row in found if "<td>" in row]


def test_the_labs_code_loses_the_job_of_a_killed_worker(ran):
    """The next one ends; this one stays in PROCESSING, and nothing waits in the queue."""
    part = 'seen["воркер убито", TEXT]'
    assert [status for _, status in rows(ran.html(part))] == ["PROCESSING", "COMPLETED"]
    assert "у черзі: 0" in ran.shown(part)


def test_a_killed_redis_forgets_the_queue(ran):
    """Under both labs: three messages, then none."""
    assert ran.shown("waiting = lose_redis()").count("у черзі: 3 → 0") == 2


def test_the_labs_code_loses_what_redis_forgot(ran):
    """Three stay QUEUED; the one sent afterwards ends."""
    statuses = [status for _, status in rows(ran.html('seen["Redis убито", TEXT]'))]
    assert statuses == ["QUEUED"] * 3 + ["COMPLETED"]


def test_the_kit_puts_the_lost_messages_back(ran):
    """All three end, and the log tells of the redelivery."""
    part = 'seen["Redis убито", KIT]'
    assert [status for _, status in rows(ran.html(part))] == ["COMPLETED"] * 3
    assert "Redelivered Event: Job Submitted." in ran.shown(part)


def test_the_kit_does_the_killed_workers_job_again(ran):
    """Taken twice, pushed twice, done once; so says its row, too."""
    (lanes,) = ran.pictures('seen["воркер убито", KIT]')
    told = re.findall(">([^<>]+)</text>", lanes)
    assert told.count("RPUSH") == 2
    assert told.count("BLPOP → Received") == 2
    assert told.count("COMPLETED") == 1
    assert rows(ran.html("pushed_again")) == [["COMPLETED", "2", "True"]]


def test_a_broken_picture_is_told_by_both(ran):
    """FAILED, with its reason."""
    told = ran.shown('["зображення пошкоджене", TEXT]')
    assert "FAILED. Error: " in told
    assert "image file is truncated" in told


def test_a_malformed_message_ends_no_worker(ran):
    """It is skipped, by both."""
    assert ran.shown("honesty(told)").count("Malformed event skipped") == 2


def test_the_table_compares_what_was_seen(ran):
    """A line a fault: the lab's code, then the kit's."""
    assert rows(ran.html("table.unstack()")) == [
        ["QUEUED", "COMPLETED"],
        ["PROCESSING", "COMPLETED"],
        ["у журналі неправда", "у журналі правда"],
        ["FAILED", "FAILED"],
    ]


def test_unsolved_exercises_wait_with_a_hint(ran):
    """Two of them."""
    assert ran.shown("exercise(").count("Ще не розв’язано") == 2
