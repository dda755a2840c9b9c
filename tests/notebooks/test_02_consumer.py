"""02_consumer shows a worker that waits blocked and spends nothing, and what polling would cost."""

import re

from tests.notebooks.conftest import value

NOTEBOOK = "02_consumer"


def cells_of(html):
    """The rows of a table, each a list of its cells' texts."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    return [re.findall(r"<td>(.*?)</td>", row) for row in rows if "<td>" in row]


def test_one_client_is_blocked_in_blpop(ran):
    """As CLIENT LIST tells: cmd=blpop, flags=b."""
    blocked = [row for row in cells_of(ran.html("lab.clients()")) if row[2] == "True"]
    assert [row[:2] for row in blocked] == [["blpop", "b"]]


def test_waiting_costs_next_to_nothing(ran):
    """A few commands at most, and under a tenth of the time on the CPU."""
    ((seconds, commands, cpu),) = cells_of(ran.html("lab.idleness("))
    assert value(seconds) >= 3
    assert int(commands) <= 3
    assert cpu == "None" or value(cpu) < 0.3


def test_the_worker_is_woken_by_the_message(ran):
    """The job ends, and its message was taken soon."""
    table = ran.html("lab.timeline(job_id)")
    assert "Received New Event" in table
    assert "запис у таблиці: COMPLETED" in table
    assert re.search(r"менше ніж 0,1 с: (True|False)", ran.shown("lab.timeline(job_id)"))


def test_the_log_has_three_lines_for_the_job(ran):
    """Received, PROCESSING, COMPLETED."""
    lines = ran.shown("lab.log()").strip().split("\n")
    for line, part in zip(lines, ("Received New Event", "PROCESSING", "COMPLETED"), strict=True):
        assert part in line


def test_the_status_goes_its_way_once(ran):
    """QUEUED, PROCESSING, COMPLETED, by the row's history."""
    rows = cells_of(ran.html("lab.history(job_id)"))
    assert [row[0] for row in rows] == ["QUEUED", "PROCESSING", "COMPLETED"]
    times = [value(row[1]) for row in rows]
    assert times == sorted(times)


def test_the_result_is_shown(ran):
    """Beside the upload."""
    assert len(ran.pictures("lab.result(job_id)")) == 1


def test_polling_asks_redis_far_more_often(ran):
    """One BLPOP; hundreds of LPOP without a pause; about ten a second with one."""
    blocking, busy, paused = cells_of(ran.html("ways = ["))
    assert int(blocking[2]) == 1
    assert int(busy[2]) > 200
    assert 5 <= int(paused[2]) <= 25
    assert value(busy[3]) > 5 * value(blocking[3])


def test_unsolved_exercises_wait_with_a_hint(ran):
    """Three of them."""
    assert ran.shown("exercise(").count("Ще не розв’язано") == 3
