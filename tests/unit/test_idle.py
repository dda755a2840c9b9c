"""Who polls Redis is seen at it, whatever command looks, and whoever rests beside."""

import pytest

from harness.witness.monitor import Heard, waits_for
from harness.witness.redis import asked_while_idle

OFTEN = 3.0  #: in two seconds


@pytest.mark.parametrize(
    ("commands", "renewing"),
    [
        ({"info": 40}, 0),
        ({"client": 40}, 0),
        ({"config": 40}, 0),
        ({"llen": 40}, 0),
        ({"blpop": 40}, 1),
        ({"eval": 40, "ping": 1}, 0),
    ],
    ids=lambda one: str(one),
)
def test_polling_is_polling(commands, renewing):
    """INFO keyspace as well as LLEN; a decoy that rests in another list changes nothing."""
    assert asked_while_idle(commands, renewing) > OFTEN


@pytest.mark.parametrize(
    ("commands", "renewing"),
    [
        ({}, 0),
        ({"blpop": 2}, 1),
        ({"blpop": 8}, 4),
        ({"ping": 2, "blpop": 1}, 1),
        ({"blpop": 1, "client": 3, "hello": 1, "auth": 1, "select": 1, "command": 1}, 1),
    ],
    ids=lambda one: str(one),
)
def test_waiting_is_no_polling(commands, renewing):
    """Renewed once a second, by several, or on a connection that is opened anew."""
    assert asked_while_idle(commands, renewing) <= OFTEN


def test_only_who_waits_for_the_jobs_own_list_waits():
    """A decoy that rests in a list of nobody's is none, nor is who looks into the right one."""
    heard = [
        Heard("10.0.0.2:1", "blpop", ("nobody", "0")),
        Heard("10.0.0.3:1", "llen", ("jobs",)),
        Heard("10.0.0.4:1", "brpop", ("other", "jobs", "5")),
    ]
    assert waits_for(heard, "jobs") == {"10.0.0.4:1"}
