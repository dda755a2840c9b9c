"""The connection to Redis. redis-py has a time-out and retries of its own; here an event is
taken once.
"""

import socket

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from stopping import wait_for

# A cut network is noticed within a quarter of a minute.
KEEPALIVE = (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 2))


class EventQueue(redis.Redis):
    """redis-py's client; a worker that waits for an event may be ended."""

    def blpop(self, keys, timeout=0):
        return wait_for(super().blpop, keys, timeout)


def redis_client(settings, timeout_s):
    """``timeout_s``: how long an answer may take; None: an event is awaited for ever."""
    keepalive = {getattr(socket, name): n for name, n in KEEPALIVE if hasattr(socket, name)}
    return EventQueue(
        **settings,
        socket_timeout=timeout_s,
        socket_connect_timeout=5,
        socket_keepalive=True,
        socket_keepalive_options=keepalive,
        retry=Retry(NoBackoff(), 0),
    )
