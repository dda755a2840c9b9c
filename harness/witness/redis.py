"""The Redis witness: what waits in the queue, and which clients wait for it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from harness.stack.base import RunningLab
from harness.witness.connections import WITNESS_NAME, connect_redis, redis_errors

QUEUE = "image_processing_queue"

#: Commands that wait until a list has something.
_FROM_LISTS = frozenset({"blpop", "brpop", "blmove", "brpoplpush", "blmpop"})
#: Commands that wait in Redis until something comes.
BLOCKING = _FROM_LISTS | {"bzpopmin", "bzpopmax", "bzmpop", "xread", "xreadgroup"}


#: What opening a connection takes, and tells nothing of any queue.
_OPENING = frozenset({"auth", "command", "hello", "ping", "select"})
_CLIENT_CALLS = 4  #: CLIENT that a library sends as it opens a connection: its name, its version


def asked_while_idle(commands: Mapping[str, int], renewing: int) -> float:
    """How often the busiest of those who have nothing to do asked Redis for anything: a blocking
    call anew, or any command else. Who only rests beside them (a decoy) does not count."""
    renewed = sum(calls for name, calls in commands.items() if name in BLOCKING)
    client = commands.get("client", 0) / _CLIENT_CALLS
    others = sum(commands.values()) - renewed - commands.get("client", 0)
    others -= sum(calls for name, calls in commands.items() if name in _OPENING)
    return max(renewed / max(renewing, 1), others, client)


_LONGEST_HEAD = 2000  #: bytes of a message that is shown
_LONGEST = 4 << 20  #: bytes of a message that is read: a picture of a small job may stand in it
_MOST_BYTES = 16 << 20  #: of all messages that are read
#: A list's messages from its head, cut where they are longer than anybody reads: Redis cuts, since
#: what it sends is held in memory here.
_HEADS = """
local left, heads = tonumber(ARGV[3]), {}
for place = 1, math.min(redis.call('LLEN', KEYS[1]), tonumber(ARGV[1])) do
  local message = redis.call('LINDEX', KEYS[1], place - 1)
  heads[place] = string.sub(message, 1, math.min(tonumber(ARGV[2]), left))
  left = left - #heads[place]
end
return heads
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisConnection:
    """One connection, as CLIENT LIST tells of it."""

    id: int
    address: str  #: host:port
    name: str
    command: str  #: the last command, small letters, without its subcommand
    flags: str  #: ``b`` among them: waits in a blocking command
    idle_s: int  #: seconds since its last command

    @property
    def host(self) -> str:
        """The address alone."""
        return self.address.rpartition(":")[0].strip("[]")

    @property
    def blocked(self) -> bool:
        """Whether this client waits in a blocking command now."""
        return "b" in self.flags and self.command in BLOCKING


class RedisWitness:
    """Looks into one Redis. A context manager; every method may raise
    ``WitnessError("witness-redis")``.
    """

    def __init__(
        self,
        address: tuple[str, int],
        *,
        password: str | None = None,
        user: str | None = None,
        queue: str = QUEUE,
        database: int = 0,
    ) -> None:
        self.address = address
        self._queue = queue
        self._redis = connect_redis(address, password, user=user, database=database)

    @classmethod
    def of(cls, lab: RunningLab, *, queue: str = QUEUE, database: int = 0) -> Self:
        """The witness of this lab, by the grader's own user where it has one."""
        return cls(
            lab.redis_address,
            password=lab.redis_password,
            user=lab.redis_user,
            queue=queue,
            database=database,
        )

    def queue_length(self) -> int:
        """How many messages wait. Zero also while a worker is blocked: it takes them as they
        come.
        """
        return int(self._asked(lambda: self._redis.llen(self._queue)))

    def queue(self, most: int = 1000) -> tuple[str, ...]:
        """The waiting messages, from the list's head; bytes that are no UTF-8 are replaced, and
        what is longer than anybody reads is cut.
        """
        return tuple(self._asked(lambda: self._heads(self._queue, most, _LONGEST)))

    def _heads(self, key: bytes | str, most: int, longest: int) -> list[str]:
        messages = self._redis.eval(_HEADS, 1, key, most, longest, _MOST_BYTES)
        return [message.decode("utf-8", "replace") for message in messages]

    def take_back(self, names: Callable[[str], bool], *, word: str) -> str | None:
        """Take the one message that ``names`` the job out of the queue, and tell it; None where the
        queue holds none, or none that can be put back as it was. The monitor hears ``word`` at the
        very moment."""
        if not self._asked(self._lies):
            return None
        own = [message for message in self.queue() if names(message)]
        if len(own) != 1 or len(own[0]) >= _LONGEST:
            return None
        with self._redis.pipeline() as at_once:
            at_once.echo(word)
            at_once.lrem(self._queue, 1, own[0])
            _, taken = self._asked(at_once.execute)
        return own[0] if taken else None

    def push(self, message: str) -> None:
        """RPUSH a message of the grader's own."""
        self._asked(lambda: self._redis.rpush(self._queue, message))

    def tell(self, word: str) -> None:
        """Say a word that the monitor hears, and that changes nothing."""
        self._asked(lambda: self._redis.echo(word))

    def clear(self) -> None:
        """Take all messages out of the queue."""
        self._asked(lambda: self._redis.delete(self._queue))

    def keys(self, most: int = 1000) -> tuple[str, ...]:
        """The names of what Redis holds, sorted; at most ``most``."""
        keys: list[bytes] = self._asked(
            lambda: [
                key for _, key in zip(range(most), self._redis.scan_iter(count=100), strict=False)
            ]
        )
        return tuple(sorted(key.decode("utf-8", "replace") for key in keys))

    def lists(self, most: int = 100) -> dict[str, tuple[int, str]]:
        """The lists that Redis holds, by name: how long each is, and its first message."""
        return self._asked(lambda: dict(self._lists(self.keys(most))))  # type: ignore[no-any-return]

    def _lists(self, keys: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, str]]]:
        for key in keys:
            if self._redis.type(key) == b"list":
                messages = self._heads(key, 1, _LONGEST_HEAD)
                yield key, (int(self._redis.llen(key)), next(iter(messages), ""))

    def clients(self) -> tuple[RedisConnection, ...]:
        """Every connection but the witness's own."""
        rows: list[dict[str, str]] = self._asked(self._redis.client_list)
        return tuple(_client(row) for row in rows if row.get("name") != WITNESS_NAME)

    def blocked(self) -> tuple[RedisConnection, ...]:
        """The connections that wait in a blocking command now."""
        return tuple(client for client in self.clients() if client.blocked)

    def at_rest(self) -> bool:
        """Whether somebody waits for messages, and nobody will take those of the queue: there are
        none, or who waits takes from lists, and so from another one. A wait of another kind (a
        notifier's, for a stream) tells nothing of a message that lies here: its worker may only
        be pausing.
        """
        waiting = self.blocked()
        if not waiting or any(connection.command in _FROM_LISTS for connection in waiting):
            return bool(waiting)
        return not self._asked(self._lies)

    def _lies(self) -> bool:
        """Whether the queue is a list with messages; what has been read from a stream stays."""
        return self._redis.type(self._queue) == b"list" and bool(self._redis.llen(self._queue))

    def close(self) -> None:
        """Close the connection to Redis."""
        self._redis.close()

    def _asked(self, question: Callable[[], Any]) -> Any:
        with redis_errors(self.address):
            return question()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _client(row: dict[str, str]) -> RedisConnection:
    return RedisConnection(
        id=int(row["id"]),
        address=row.get("addr", ""),
        name=row.get("name", ""),
        command=row.get("cmd", "").partition("|")[0].lower(),
        flags=row.get("flags", ""),
        idle_s=int(row.get("idle", 0)),
    )
