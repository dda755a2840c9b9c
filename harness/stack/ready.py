"""Asking a service whether it answers, from this process."""

import secrets
import socket
import urllib.request
from contextlib import closing, suppress
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

import psycopg2
import redis

_ANSWER_S = 5
_PORTS = range(15_000, 32_000)
_NOBODY_BEHIND = (502, 504)  #: what a proxy says of a service that does not listen yet


def answers_health(url: str) -> bool:
    """Whether the api at ``url`` says that all is well."""
    return _status(f"{url}/health") == 200


def answers_http(url: str) -> bool:
    """Whether anybody speaks HTTP at ``url``, well or not. A proxy that has nobody behind it yet
    speaks for nobody.
    """
    return _status(f"{url}/health") not in (None, *_NOBODY_BEHIND)


def redis_pid(
    address: tuple[str, int], password: str | None = None, user: str | None = None
) -> int | None:
    """The process id of the Redis that answers there; None where none does."""
    host, port = address
    client: Any = redis.Redis(
        host, port, username=user, password=password, socket_timeout=_ANSWER_S
    )
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
    """Ports that nobody uses now, all different.

    Below those that systems give to outgoing connections: one of these may take a port between our
    look and the server's start. Chosen at random: somebody else may be choosing at the same time.
    """
    ports: list[int] = []
    for port in secrets.SystemRandom().sample(_PORTS, len(_PORTS)):
        if len(ports) == count:
            break
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            ports.append(port)
    return ports


class _Nowhere(urllib.request.HTTPRedirectHandler):
    """Follows nobody: a stranger's api could send the asker to any address of this machine."""

    def redirect_request(self, *_: Any) -> None:
        """No request; the answer stands as it is."""


def _status(url: str) -> int | None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Nowhere)
    direct.addheaders = [("User-Agent", "curl/8.5.0"), ("Accept", "*/*")]  # as one asks by hand
    try:
        with direct.open(url, timeout=_ANSWER_S) as answer:
            return int(answer.status)
    except HTTPError as answer:
        return answer.code
    except (OSError, ValueError, HTTPException):
        return None
