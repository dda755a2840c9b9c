"""The connection to Redis. redis-py has retries of its own; an event that is pushed again would
be two events.
"""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def redis_client(host, port, password):
    return redis.Redis(
        host=host,
        port=port,
        password=password,
        socket_timeout=5,
        socket_connect_timeout=3,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
    )
