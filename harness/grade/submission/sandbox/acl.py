"""What a submission may ask of the grader's Redis: all that moves data, nothing that moves the
server.

The submission is the ``default`` user, as its own password or none says, so that a client needs to
know of no users. Without CONFIG SET, CLIENT KILL, MONITOR, ACL, DEBUG, MODULE, REPLICAOF, SHUTDOWN
and SAVE it cannot end a witness. That there is one it may see, in CLIENT LIST as in INFO; it is no
secret, and RQ's workers end where they may not ask for the list. The grader's user has a name and a
password that nobody else can know.
"""

import secrets

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


def users(password: str | None, grader: Login) -> list[str]:
    """The flags of Redis for both users; ``password`` is what the submission's clients will say."""
    known = "nopass" if password is None else f">{password}"
    again = [f"+{command}" for command in (*_AGAIN, *(f"client|{command}" for command in _CLIENT))]
    theirs = ["default", "on", known, "~*", "&*", "+@all", "-@admin", "-@dangerous", *again]
    ours = [grader.user, "on", f">{grader.password}", "~*", "&*", "+@all"]
    return ["--user", *theirs, "--user", *ours]


def bounded_memory(text: str | None) -> str:
    """``maxmemory``: what the submission asks for, as long as the sandbox has it."""
    most = f"{_DATABASE_MB}mb"
    number = (text or "").lower().rstrip("bkmg")
    unit = _UNITS.get((text or "").lower()[len(number) :])
    if not number.isdecimal() or unit is None:
        return most
    asked = int(number) * unit
    return str(text) if 0 < asked <= _DATABASE_MB << 20 else most
