"""What Redis is asked, counted by Redis itself: who polls a queue cannot hide it."""

from collections.abc import Mapping

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from harness.witness.errors import WitnessError

_TIMEOUT_S = 10.0
#: What a connection needs to be opened, kept and looked at; the witness sends these too.
_ABOUT_CONNECTIONS = ("auth", "client", "command", "config", "hello", "info", "ping", "select")


def commands_so_far(address: tuple[str, int], password: str | None = None) -> Mapping[str, int]:
    """How often each command was sent since the server's start, e.g. ``{"blpop": 3}``; those about
    connections are left out. ``WitnessError("witness-redis")`` where Redis does not say."""
    client = redis.Redis(
        host=address[0],
        port=address[1],
        password=password,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        client_name="lab6-witness",
        retry=Retry(NoBackoff(), 0),
    )
    try:
        with client:
            found = client.info("commandstats")
    except (RedisError, OSError) as error:
        host, port = address
        raise WitnessError("witness-redis", host=host, port=port, reason=str(error)) from error
    calls: dict[str, int] = {}
    for key, entry in found.items():
        name = key.removeprefix("cmdstat_").partition("|")[0]
        if name not in _ABOUT_CONNECTIONS:
            calls[name] = calls.get(name, 0) + int(entry["calls"])
    return calls
