"""A Compose project that somebody else has put together: what a ``SandboxStack`` needs to know
of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.stack.base import Login

RUN_LABEL = "lab6.run"
ROLE_LABEL = "lab6.role"
OWN = "lab6-grader-"  #: what the grader's own names begin with, in any network of a submission
SET_UP = f"{OWN}set-up"  #: the service that sets a database up, once
DOOR = f"{OWN}api"  #: what the gate knows the api by, or what stands in front of it
GATE = f"{OWN}gate"  #: the service through which everything is reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A complete compose file as a table, and who is who in it."""

    document: dict[str, Any]
    #: redis, postgres, api, worker → services, the first the chief
    roles: Mapping[str, tuple[str, ...]]
    ports: Mapping[str, int]  #: redis, postgres, api → port of the gate
    redis_login: Login | None  #: of a user of the grader's own
    #: of PostgreSQL, as libpq's words: ``reader`` sees every table, ``chief`` follows the server's
    #: log
    logins: Mapping[str, Mapping[str, str]]
    #: told of a service without a role that does not build, and of its build's last lines
    left_out: Callable[[str, str], None] = lambda _name, _log: None
