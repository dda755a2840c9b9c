"""Asking a service whether it answers, from this process."""

import socket
import urllib.request
from contextlib import closing
from typing import Any
from urllib.error import HTTPError

import psycopg2
import redis

_ANSWER_S = 5


def answers_health(url: str) -> bool:
    """Whether the api at ``url`` says that all is well."""
    return _status(f"{url}/health") == 200


def answers_http(url: str) -> bool:
    """Whether anybody speaks HTTP at ``url``, well or not."""
    return _status(f"{url}/health") is not None


def redis_pid(address: tuple[str, int], password: str | None = None) -> int | None:
    """The process id of the Redis that answers there; None where none does."""
    host, port = address
    client: Any = redis.Redis(host, port, password=password, socket_timeout=_ANSWER_S)
    try:
        with closing(client):
            return int(client.info("server")["process_id"])
    except redis.RedisError:
        return None


def answers_sql(dsn: str) -> bool:
    """Whether PostgreSQL lets us in there."""
    try:
        psycopg2.connect(dsn, connect_timeout=_ANSWER_S).close()
    except psycopg2.OperationalError:
        return False
    return True


def listens(port: int) -> bool:
    """Whether anybody listens on this port of this machine."""
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _status(url: str) -> int | None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=_ANSWER_S) as answer:
            return int(answer.status)
    except HTTPError as answer:
        return answer.code
    except (OSError, ValueError):
        return None
