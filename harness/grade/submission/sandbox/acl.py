"""What a submission may ask of the grader's Redis: all that moves data, nothing that moves the
server.

The submission is the ``default`` user, as its own password or none says, so that a client needs to
know of no users. Without CONFIG SET, CLIENT KILL, MONITOR, ACL, DEBUG, MODULE, REPLICAOF, SHUTDOWN
and SAVE it cannot end a witness. That there is one it may see, in CLIENT LIST as in INFO; it is no
secret, and RQ's workers end where they may not ask for the list. The grader's user has a name and a
password that nobody else can know.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from harness.stack.base import Login

#: Of the commands that Redis calls dangerous or an administrator's, those that honest work sends:
#: libraries ask INFO and CONFIG GET as they begin (BullMQ: maxmemory-policy), people look with KEYS
#: and clean up with FLUSHDB.
_AGAIN = ("info", "keys", "sort", "flushdb", "flushall", "role", "config|get", "client|id")
#: Redis 6 knows categories of whole commands only: what a client says of itself, by its
#: subcommands.
_CLIENT = (
    "getname",
    "setname",
    "reply",
    "caching",
    "tracking",
    "trackinginfo",
    "getredir",
    "info",
    "list",
)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_KNOWN_BY = re.compile(r">[!-~]{1,200}|#[0-9a-f]{64}")
_DATABASE_MB = 256  #: of the container's memory; a queue of jobs needs some kilobytes
_UNITS = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1 << 10,
    "m": 10**6,
    "mb": 1 << 20,
    "g": 10**9,
    "gb": 1 << 30,
}


def fresh_login() -> Login:
    """One of the grader's own, which nobody can guess."""
    return Login(user=f"lab6_{secrets.token_hex(8)}", password=secrets.token_hex(24))


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisUser:
    """A user that a submission makes for itself."""

    name: str
    on: bool
    known_by: tuple[str, ...]  #: ``>password``, ``#digest``, ``nopass``

    @property
    def password(self) -> str | None:
        """One that opens the door; None where none is told."""
        return next((word[1:] for word in self.known_by if word.startswith(">")), None)


def asked_user(words: Sequence[str]) -> RedisUser | None:
    """The user of ``user NAME on >password …``, a line of ``redis.conf`` or of an ACL file; None
    where it is none."""
    name, *rules = words or [""]
    if not _NAME.fullmatch(name):
        return None
    known = tuple(rule for rule in rules if rule == "nopass" or _KNOWN_BY.fullmatch(rule))
    return RedisUser(name=name, on="on" in rules, known_by=known)


def users(password: str | None, grader: Login, asked: Sequence[RedisUser] = ()) -> list[str]:
    """The flags of Redis for all users; ``password`` is what clients that name no user will say.
    Whatever a user of the submission's may do by its rules, here it may do as much as any."""
    known = "nopass" if password is None else f">{password}"
    default = RedisUser(name="default", on=True, known_by=(known,))
    theirs = {user.name: user for user in (default, *asked) if user.name != grader.user}
    again = [f"+{command}" for command in (*_AGAIN, *(f"client|{command}" for command in _CLIENT))]
    may = ["~*", "&*", "+@all", "-@admin", "-@dangerous", *again]
    flags: list[str] = []
    for user in theirs.values():
        flags += ["--user", user.name, "on" if user.on else "off", *user.known_by, *may]
    return [*flags, "--user", grader.user, "on", f">{grader.password}", "~*", "&*", "+@all"]


def bounded_memory(text: str | None) -> str:
    """``maxmemory``: what the submission asks for, as long as the sandbox has it."""
    most = f"{_DATABASE_MB}mb"
    number = (text or "").lower().rstrip("bkmg")
    unit = _UNITS.get((text or "").lower()[len(number) :])
    if not number.isdecimal() or unit is None:
        return most
    asked = int(number) * unit
    return str(text) if 0 < asked <= _DATABASE_MB << 20 else most
