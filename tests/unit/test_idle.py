"""Who polls Redis is seen at it, whatever command looks, and whoever rests beside."""

import pytest

from harness.witness.monitor import Heard, Traffic, waited_keys
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


def woken(*commands):
    """Who is woken, by the commands of a test: address, then the command's words."""
    traffic = Traffic()
    for address, command in commands:
        name, *words = command.split(" ")
        traffic.add(Heard(address, name, tuple(words)))
    return traffic.woken()


@pytest.mark.parametrize(
    "push",
    ["rpush jobs a|b", "lpush jobs a|b", "rpushx jobs a|b", "eval redis.call() 1 jobs a|b"],
)
def test_who_waits_for_what_is_touched_waits(push):
    """By whatever command the message goes in; also of several keys one."""
    assert woken(("api", push), ("w", "brpop other jobs 5")) == {"w"}


def test_a_decoy_in_a_list_that_nobody_touches_is_none():
    """Nor is who looks into the right one, nor who calls itself so, nor whose timeout is a word of
    somebody else's.
    """
    assert not woken(
        ("decoy", "client setname nobody"),
        ("decoy", "blpop nobody 0"),
        ("api", "lrange jobs 0 -1"),
        ("api", "rpush jobs a|b"),
        ("poller", "lpop jobs"),
    )


def test_who_is_woken_by_a_marker_beside_the_message_waits():
    """As BullMQ does: a script pushes the message, and puts a marker into another key."""
    assert woken(
        ("lua:", "lpush bull:q:wait 1"),
        ("lua:", "zadd bull:q:marker 0 0"),
        ("w", "bzpopmin bull:q:marker 10"),
        ("decoy", "bzpopmin nobody 10"),
    ) == {"w"}


def test_who_waits_for_what_another_one_hands_on_waits():
    """One moves the messages into a list of work, others take them from there."""
    heard = [("api", "rpush jobs a"), ("mover", "brpoplpush jobs work 0"), ("w", "blpop work 0")]
    assert woken(*heard) == {"mover", "w"}


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        ("blpop a b 0", ("a", "b")),
        ("bzpopmax a 0.5", ("a",)),
        ("blmove a b LEFT RIGHT 0", ("a",)),
        ("brpoplpush a b 0", ("a",)),
        ("blmpop 0 2 a b LEFT COUNT 3", ("a", "b")),
        ("blmpop 0 many", ()),
        ("xread BLOCK 0 STREAMS a b $ $", ("a", "b")),
        ("xreadgroup GROUP g c COUNT 1 BLOCK 0 streams a >", ("a",)),
        ("xread", ()),
    ],
)
def test_the_keys_of_a_wait(command, keys):
    """And nothing else of its words."""
    name, *words = command.split(" ")
    assert waited_keys(Heard("w", name, tuple(words))) == keys
