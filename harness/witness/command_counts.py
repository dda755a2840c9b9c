"""What Redis is asked, counted by Redis itself: who polls a queue cannot hide it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from harness.witness.connections import connect_redis, redis_errors

#: What a connection needs to be opened, kept and looked at; the witness sends these too.
_ABOUT_CONNECTIONS = ("auth", "client", "command", "config", "hello", "info", "ping", "select")
_LISTS = ("rpush", "lpush", "rpushx", "lpushx", "linsert")
_PUBLISHING = (*_LISTS, "xadd", "zadd", "publish", "eval", "evalsha", "fcall")


def commands_so_far(
    address: tuple[str, int], password: str | None = None, user: str | None = None
) -> Mapping[str, int]:
    """How often each command was sent since the server's start, e.g. ``{"blpop": 3}``; those about
    connections are left out. ``WitnessError("witness-redis")`` where Redis does not say."""
    with redis_errors(address), connect_redis(address, password, user=user) as client:
        calls = _by_name(client.info("commandstats"))
    return {name: number for name, number in calls.items() if name not in _ABOUT_CONNECTIONS}


def published_so_far(
    address: tuple[str, int], password: str | None = None, user: str | None = None
) -> int:
    """How many events the server was given since its start, by whatever command."""
    calls = commands_so_far(address, password, user)
    return sum(number for name, number in calls.items() if name in _PUBLISHING)


@contextmanager
def every_command(
    address: tuple[str, int], password: str | None = None, user: str | None = None
) -> Iterator[Callable[[], Mapping[str, int]]]:
    """Ask as often as you like: how often each command was sent so far, also those about
    connections, as one may look through INFO or CLIENT as well; what is asked here is left out.
    ``WitnessError("witness-redis")``."""
    with redis_errors(address), connect_redis(address, password, user=user) as client:
        asked = count()

        def so_far() -> Mapping[str, int]:
            with redis_errors(address):
                calls = _by_name(client.info("commandstats"))
            return {**calls, "info": calls.get("info", 0) - next(asked)}

        yield so_far


def _by_name(stats: Mapping[str, Any]) -> dict[str, int]:
    calls: dict[str, int] = {}
    for key, entry in stats.items():
        name = key.removeprefix("cmdstat_").partition("|")[0].lower()
        calls[name] = calls.get(name, 0) + int(entry["calls"])
    return calls
