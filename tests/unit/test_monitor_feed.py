"""What Redis tells of its clients' commands is read in bounds, whatever they send."""

import socket

import pytest

from harness.witness import monitor_feed
from harness.witness.monitor import Monitor, push_of
from harness.witness.monitor_feed import MonitorFeed

HEAD = b"+1700000000.25 [0 172.20.0.4:51234] "


@pytest.fixture
def told():
    """Read what a server that sends these bytes has told, until it has no more to tell."""
    here, there = socket.socketpair()

    def read(data):
        there.sendall(data)
        feed, found = MonitorFeed(here), []
        while (one := feed.next(0)) is not None:
            found.append(one)
        return found

    with here, there:
        yield read


def test_a_command_is_its_words(told):
    """Blanks and escaped quotes within a word stay; so does a word that ends with a backslash."""
    (one,) = told(HEAD + rb'"RPUSH" "my jobs" "{\"id\": 1}" "\\" ""' + b"\r\n")
    assert one.words == ("RPUSH", "my jobs", '{"id": 1}', r"\\", "")
    assert (one.address, one.time) == ("172.20.0.4:51234", 1700000000.25)


def test_a_script_and_another_protocols_address(told):
    """Of a script's commands and of a client by IPv6."""
    lines = b'+1.5 [0 lua] "LPOP" "a"\r\n+1.5 [0 [::1]:70] "PING"\r\n'
    assert [one.address for one in told(lines)] == ["lua", "[::1]:70"]


def test_a_long_word_is_cut_and_the_next_command_heard(told, monkeypatch):
    """Whoever sends all that Redis can hold wears nobody out, and hides nothing."""
    monkeypatch.setattr(monitor_feed, "_LONGEST", 100)
    long = HEAD + b'"SET" "k" "' + b"x" * 20_000 + b'"\r\n'
    first, second = told(long + HEAD + b'"GET" "k"\r\n')
    assert first.words[:2] == ("SET", "k")
    assert len(first.words[2]) < 100
    assert second.words == ("GET", "k")


def test_what_is_no_command_is_passed_over(told):
    """The rest is heard all the same."""
    assert [one.words for one in told(b"-ERR\r\n\r\n" + HEAD + b'"GET" "k"\r\n')] == [("GET", "k")]


@pytest.mark.parametrize(
    ("then", "queue"),
    [
        (b"", "staging"),
        (HEAD + b'"LMOVE" "staging" "jobs" "LEFT" "RIGHT"\r\n', "jobs"),
        (HEAD + b'"RENAME" "staging" "jobs"\r\n', "jobs"),
        (b'+1.5 [0 172.20.0.5:4] "BLMOVE" "staging" "mine" "LEFT" "RIGHT" "0"\r\n', "staging"),
    ],
    ids=["pushed", "moved", "renamed", "taken by another"],
)
def test_the_queue_is_where_its_sender_left_the_message(then, queue):
    """What a worker moves to a list of its own is not asked for there. The server's database is
    told, too."""
    here, there = socket.socketpair()
    with here, there:
        pushed = HEAD.replace(b"[0 ", b"[3 ")
        there.sendall(pushed + b'"RPUSH" "staging" "AB-1|x"\r\n' + then)
        assert Monitor(MonitorFeed(here)).queue_of("ab-1", deadline_s=5) == (queue, 3)


def test_a_pushed_message_is_told_whole(told):
    """Its blanks, too; what pushes nothing is no push, and a cut line is no crash."""
    lines = HEAD + b'"RPUSH" "q" "a|b| "\r\n' + HEAD + b'"LPOP" "q"\r\n' + HEAD + b'"RPUSH"\r\n'
    pushes = [push_of(command) for command in told(lines)]
    assert [push and (push.key, push.message) for push in pushes] == [("q", "a|b| "), None, None]
