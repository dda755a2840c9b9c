"""The queue as Redis's own MONITOR shows it: which key a message with a job's id was put into, and
who is woken by what others do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from harness.lateness import fair_now
from harness.trace.ids import names_id
from harness.witness.connections import unseen
from harness.witness.monitor_feed import MonitorFeed, ToldCommand, feed
from harness.witness.redis import BLOCKING

_PUSHES = ("RPUSH", "LPUSH", "RPUSHX", "LPUSHX")
_LOOK_S = 0.5
_CATCH_UP_S = 5.0  #: who sends faster than can be read here is found by their number
_MOST = 100_000  #: different words, or waits, that are kept
_WORDS = 50  #: of one command
_LONGEST = 500  #: characters of one word
_MOVES = ("blmove", "brpoplpush")  #: wait for one list, and put into another
_MOVED = ("lmove", "rpoplpush", "rename", "renamenx")  #: at once, from one key to another
#: Tell of connections and the server: their words are no keys. The witness sends these, too.
_KEYLESS = frozenset({"auth", "client", "command", "config", "echo", "hello", "info", "ping"})


class Push(NamedTuple):
    """A message that went into a list."""

    time: datetime  #: by Redis's clock, UTC
    key: str
    message: str


class QueuePlace(NamedTuple):
    """Where messages of jobs go."""

    key: str
    database: int


class Heard(NamedTuple):
    """A command, as MONITOR tells of it."""

    address: str  #: of the client, as CLIENT LIST has it
    name: str  #: small letters
    words: tuple[str, ...]  #: what follows the name


class Traffic:
    """What was heard so far: who waits for which key, and what all other commands named."""

    def __init__(self) -> None:
        self._waits: set[tuple[str, str]] = set()
        self._named: set[str] = set()

    def add(self, heard: Heard) -> None:
        """One more command."""
        if heard.name in BLOCKING and len(self._waits) < _MOST:
            self._waits.update((heard.address, key) for key in waited_keys(heard))
        if len(self._named) < _MOST:
            self._named.update(_named(heard))

    def woken(self) -> frozenset[str]:
        """The addresses of those who wait for a key that somebody else's command has named. It need
        not be the one that the message went into (BullMQ's is a marker beside it); a decoy's is
        one that nobody touches.
        """
        return frozenset(address for address, key in self._waits if key in self._named)


def _named(command: Heard) -> tuple[str, ...]:
    """The words among which there may be a key that this command has changed."""
    if command.name in _MOVES:
        return command.words[1:2]
    return () if command.name in BLOCKING | _KEYLESS else command.words


def waited_keys(heard: Heard) -> tuple[str, ...]:
    """The keys that this blocking command waits for: not its timeout, which many another command
    has among its words, too.
    """
    words = heard.words
    if heard.name in _MOVES:
        return words[:1]
    if heard.name in ("blmpop", "bzmpop"):  # timeout, how many, the keys, where from
        many = int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0
        return words[2 : 2 + many]
    if heard.name in ("xread", "xreadgroup"):  # … STREAMS, the keys, as many ids
        lower = [word.lower() for word in words]
        tail = words[lower.index("streams") + 1 :] if "streams" in lower else ()
        return tail[: len(tail) // 2]
    return words[:-1]


class Monitor:
    """Every command that Redis is sent, from the moment it was opened."""

    def __init__(self, listener: MonitorFeed) -> None:
        self._feed = listener
        self._traffic = Traffic()

    def queue_of(self, job_id: str, *, deadline_s: float) -> QueuePlace | None:
        """The list that a message with this id was pushed to, or moved to by the same client; None
        where none was before the deadline.
        """
        end = fair_now() + deadline_s
        while fair_now() < end:
            heard = self._heard(_LOOK_S)
            push = heard and push_of(heard)
            if heard and push and names_id(push.message, job_id):
                return QueuePlace(self._moved(heard, push.key), heard.database)
        return None

    def _moved(self, pushed: ToldCommand, key: str) -> str:
        """Where it was moved by now: a list that is made ready beside, under another name, is none
        that a worker waits for. What a worker moves it to is its own matter.
        """
        end = fair_now() + _CATCH_UP_S
        while fair_now() < end and (heard := self._heard(0)) is not None:
            name, source, target, *_ = (*heard.words, "", "")
            if name.lower() in _MOVED and source == key and heard.address == pushed.address:
                key = target
        return key

    def _heard(self, wait_s: float) -> ToldCommand | None:
        try:
            return self._feed.next(wait_s)
        except OSError as error:
            raise unseen("witness-monitor", str(error)) from error

    def woken(self) -> frozenset[str]:
        """As ``Traffic.woken``, from all commands until now; ``WitnessError`` as below."""
        end = fair_now() + _CATCH_UP_S
        while fair_now() < end and (heard := self._heard(0)) is not None:
            name, *words = heard.words
            arguments = tuple(word[:_LONGEST] for word in words[:_WORDS])
            self._traffic.add(Heard(heard.address, name.lower(), arguments))
        return self._traffic.woken()

    def pushes_into(self, queue: str, *, until_word: str) -> Iterator[Push]:
        """The messages that went into this list since the monitor was opened, or last asked: up to
        the command that names ``until_word``, which the caller has sent. One at a time, for they
        may be large.
        """
        end = fair_now() + _CATCH_UP_S
        while fair_now() < end and (heard := self._heard(_LOOK_S)) is not None:
            if until_word in heard.words:
                break
            push = push_of(heard)
            if push is not None and push.key == queue:
                yield push

    def next_push(self) -> Push | None:
        """The next command, if it is a push; None where it is another, or for half a second none
        comes. ``WitnessError("witness-monitor")`` where Redis is gone."""
        heard = self._heard(_LOOK_S)
        return None if heard is None else push_of(heard)


def push_of(heard: ToldCommand) -> Push | None:
    """What this command pushed into a list; None where it is another."""
    name, *words = heard.words
    if name.upper() not in _PUSHES or not words:
        return None
    key, *messages = words
    return Push(datetime.fromtimestamp(heard.time, UTC), key, " ".join(messages))


@contextmanager
def monitored(
    address: tuple[str, int], password: str | None, user: str | None = None
) -> Iterator[Monitor]:
    """Listen to Redis. ``WitnessError("witness-monitor")`` where it does not let us."""
    try:
        with feed(address, password, user) as listener:
            yield Monitor(listener)
    except OSError as error:
        raise unseen("witness-monitor", str(error)) from error
