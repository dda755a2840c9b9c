"""The one place where witnesses connect to Redis and to PostgreSQL: their name, deadlines and
errors.

The name is what a witness goes by in CLIENT LIST and ``pg_stat_activity``, where it leaves itself
out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions
import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from harness.lateness import stretched
from harness.witness.errors import WitnessError

WITNESS_NAME = "lab6-witness"
_REDIS_S = 10.0
_CONNECT_S = 10
_STATEMENT_MS = 10_000
#: What a student may have set for the role or the database (ALTER ROLE … SET) does not hold for a
#: witness: options of the connection stand above it. With ``pg_catalog`` alone, every name of a
#: student's must be
#: told with its schema.
_OWN_SETTINGS = {
    "search_path": "pg_catalog,pg_temp",
    "role": "none",
    "default_transaction_read_only": "off",
    "row_security": "off",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "default_transaction_isolation": "read\\ committed",
    "standard_conforming_strings": "on",
    "datestyle": "ISO",
    "bytea_output": "hex",
    "timezone": "UTC",
}
#: What a server says that somebody else's clients keep from answering, and the error's reference.
#: The witnesses hold a few connections, and their scripts take milliseconds.
_KEPT_BUSY = {
    "max number of clients reached": "redis-full",
    "BUSY Redis is busy": "redis-busy",
    "too many clients already": "postgres-full",
    "connection slots are reserved": "postgres-full",
}


def connect_redis(
    address: tuple[str, int],
    password: str | None = None,
    *,
    user: str | None = None,
    database: int = 0,
    name: str = WITNESS_NAME,
    decoded: bool = False,
    answer_s: float | None = _REDIS_S,
) -> Any:
    """A client that asks once: a witness that had to ask twice has not seen what it thinks it saw.

    ``user`` is whose password it is, Redis's default user's where it is None; ``name`` is what
    CLIENT LIST calls it, ``decoded``: answers are text. ``answer_s`` is None where whoever holds
    the client may block in Redis for as long as they like.
    """
    host, port = address
    return redis.Redis(
        host=host,
        port=port,
        username=user,
        password=password,
        db=database,
        decode_responses=decoded,
        socket_timeout=None if answer_s is None else stretched(answer_s),
        socket_connect_timeout=stretched(_REDIS_S),
        client_name=name,
        retry=Retry(NoBackoff(), 0),
    )


@contextmanager
def redis_errors(address: tuple[str, int]) -> Iterator[None]:
    """Within it a Redis that does not answer raises ``WitnessError("witness-redis")``."""
    try:
        yield
    except (RedisError, OSError) as error:
        host, port = address
        raise unseen("witness-redis", str(error), host=host, port=port) from error


def connect_postgres(
    dsn: str,
    *,
    statement_ms: int = _STATEMENT_MS,
    cursor_factory: type[Any] | None = None,
    settings: Mapping[str, str] = _OWN_SETTINGS,
) -> Any:
    """A connection whose times are UTC. The driver's own errors: within ``postgres_errors`` they
    get a name.

    ``settings`` are PostgreSQL's; whoever owns the database, as a reader of the lesson does, needs
    no shield.
    """
    settings = {
        "timezone": "UTC",
        **settings,
        "statement_timeout": str(round(stretched(statement_ms))),
    }
    return psycopg2.connect(
        dsn,
        connect_timeout=round(stretched(_CONNECT_S)),
        application_name=WITNESS_NAME,
        options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
        cursor_factory=cursor_factory,
    )


def in_database(dsn: str, database: str | None) -> str:
    """The connection string for another database of that server; as it is where that is None."""
    return dsn if database is None else psycopg2.extensions.make_dsn(dsn, dbname=database)


@contextmanager
def postgres_errors() -> Iterator[None]:
    """Within it PostgreSQL's refusals and silence raise ``WitnessError("witness-postgres")``."""
    try:
        yield
    except psycopg2.Error as error:
        raise unseen("witness-postgres", str(error).strip()) from error


def unseen(reference: str, reason: str, **facts: object) -> WitnessError:
    """The error of a witness that cannot see: by this reference, or, where the server says that
    others keep it busy, by theirs.
    """
    for said, busy in _KEPT_BUSY.items():
        if said in reason:
            return WitnessError(busy, reason=reason)
    return WitnessError(reference, reason=reason, **facts)
