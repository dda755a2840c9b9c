"""What Redis is asked, counted by Redis itself: who polls a queue cannot hide it."""

from collections.abc import Mapping

from harness.witness.connections import connect_redis, redis_errors

#: What a connection needs to be opened, kept and looked at; the witness sends these too.
_ABOUT_CONNECTIONS = ("auth", "client", "command", "config", "hello", "info", "ping", "select")


def commands_so_far(address: tuple[str, int], password: str | None = None) -> Mapping[str, int]:
    """How often each command was sent since the server's start, e.g. ``{"blpop": 3}``; those about
    connections are left out. ``WitnessError("witness-redis")`` where Redis does not say."""
    with redis_errors(address), connect_redis(address, password) as client:
        stats = client.info("commandstats")
    calls: dict[str, int] = {}
    for key, entry in stats.items():
        name = key.removeprefix("cmdstat_").partition("|")[0]
        if name not in _ABOUT_CONNECTIONS:
            calls[name] = calls.get(name, 0) + int(entry["calls"])
    return calls
