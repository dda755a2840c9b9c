"""Who is who in the grader's PostgreSQL.

The submission has a role under the name that it asked for, which owns its database and no more: no
superuser, no replication, no program of the server's. The grader has two, whose names nobody can
guess: one that reads (what a view of the submission's makes it run has no rights), and one that
follows the server's log and reads no table.
"""

import gzip
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.grade.submission.sandbox.acl import fresh_login
from harness.stack.base import Login

METHODS = ("scram-sha-256", "md5", "password", "trust")
_NAME = re.compile(r"(?!pg_|lab6_[0-9a-f]{16}$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
_CREATED = re.compile(
    r"\b(?P<how>CREATE|ALTER)\s+(?:USER|ROLE)\s+(?:\"(?P<quoted>[^\"]+)\"|(?P<plain>\w+))"
    r"(?:[^;]*?PASSWORD\s+'(?P<password>(?:[^']|'')*)')?",
    re.IGNORECASE,
)
#: As scripts name their users: ``$NAME``, ``${NAME}``, ``${NAME:-default}``.
_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::?-(?P<other>[^{}]*))?\})")
_MOST_ROLES = 8
_LARGEST = 1024 * 1024
CONNECTIONS = 110  #: of the server; the submission's role leaves some to the grader
_THEIRS = 97  #: what PostgreSQL leaves to plain roles by default

#: What the official image's entrypoint does on the first start, with roles in place of one
#: superuser: it has no part of the submission's to run, and lets nobody in before all is there.
ENTRYPOINT = """
set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb -U "$LAB6_CHIEF" --pwfile=<(printf '%s\\n' "$LAB6_PASSWORD") \\
        -A trust -E UTF8 --no-sync >/dev/null
    pg_ctl -s -D "$PGDATA" -o "-c listen_addresses='' -c fsync=off -k /tmp" -w start
    psql -q -v ON_ERROR_STOP=1 --no-psqlrc -h /tmp -U "$LAB6_CHIEF" -d postgres <<<"$LAB6_ROLES"
    pg_ctl -s -D "$PGDATA" -m fast -w stop
    printf '%s\\n' "$LAB6_HBA" > "$PGDATA/pg_hba.conf"
fi
exec "$0" "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Who may log in where."""

    theirs: Login
    database: str
    method: str  #: how their roles show who they are
    others: tuple[Login, ...]  #: that their own set-up would create
    reader: Login
    chief: Login  #: the superuser


def is_name(name: str) -> bool:
    """Whether a role or a database may be called that: none of PostgreSQL's own, none of the
    grader's.
    """
    return _NAME.fullmatch(name) is not None and name not in ("public", "none")


def made_roles(
    login: Login, database: str, method: str, set_up: Iterable[Path], variables: Mapping[str, str]
) -> Roles:
    """The roles of one run; ``variables`` are those that its set-up's scripts may name."""
    return Roles(
        theirs=login,
        database=database,
        method=method if method in METHODS else METHODS[0],
        others=tuple(_created(set_up, login.user, variables)),
        reader=fresh_login(),
        chief=fresh_login(),
    )


def environment(roles: Roles) -> dict[str, str]:
    """What the entrypoint needs to know. Nothing of the submission's runs where it could be
    read.
    """
    grader = f'"{roles.chief.user}","{roles.reader.user}"'
    return {
        "LAB6_CHIEF": roles.chief.user,
        "LAB6_PASSWORD": roles.chief.password,
        "LAB6_ROLES": "\n".join(_statements(roles)),
        "LAB6_HBA": "\n".join(
            [
                "local all all scram-sha-256",
                f"host all {grader} all scram-sha-256",
                f"host all all all {roles.method}",
            ]
        ),
    }


def _statements(roles: Roles) -> list[str]:
    user, database = f'"{roles.theirs.user}"', f'"{roles.database}"'
    reader, made = f'"{roles.reader.user}"', roles.database == "postgres"
    lines = [
        f"CREATE ROLE {user} LOGIN CREATEDB CONNECTION LIMIT {_THEIRS};",
        f"ALTER ROLE {user} PASSWORD {_text(roles.theirs.password)};",
        # It sees every row, whatever policies the submission's tables have.
        f"CREATE ROLE {reader} LOGIN BYPASSRLS PASSWORD {_text(roles.reader.password)};",
        f"GRANT pg_read_all_data, pg_read_all_stats TO {reader};",
        f"ALTER DATABASE postgres OWNER TO {user};"
        if made
        else f"CREATE DATABASE {database} OWNER {user};",
    ]
    for login in roles.others:
        lines.append(f'CREATE ROLE "{login.user}" LOGIN PASSWORD {_text(login.password)};')
        lines.append(f'GRANT "{login.user}" TO {user};')
    return [
        *lines,
        f"GRANT CONNECT ON DATABASE {database} TO {reader};",
        f"\\connect {database}",
        f"ALTER SCHEMA public OWNER TO {user};",
    ]


def _text(value: str) -> str:
    """A literal of SQL; a backslash stands for itself in it. A line of its own could end the
    document.
    """
    return "'" + value.replace("'", "''").replace("\n", " ") + "'"


def _created(set_up: Iterable[Path], own: str, variables: Mapping[str, str]) -> Iterable[Login]:
    """The roles that these files would create, which their own role may not; with the last password
    that they would have."""
    passwords: dict[str, str] = {}
    for file in set_up:
        text = _read(file)
        for match in _CREATED.finditer(_filled(text, variables) if file.suffix == ".sh" else text):
            name = match["quoted"] or match["plain"].lower()
            is_new = match["how"].upper() == "CREATE" and is_name(name) and name != own
            if name in passwords or (is_new and len(passwords) < _MOST_ROLES):
                password = (match["password"] or "").replace("''", "'")
                passwords[name] = password or passwords.get(name, "")
    return (Login(user=name, password=password) for name, password in passwords.items())


def _filled(text: str, variables: Mapping[str, str]) -> str:
    """A script with the variables put in that are known, or have a default."""

    def put(match: re.Match[str]) -> str:
        return variables.get(match["plain"] or match["name"]) or match["other"] or match[0]

    return _VARIABLE.sub(put, text)


def _read(file: Path) -> str:
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            return opened.read(_LARGEST).decode("utf-8", "replace")
    except (OSError, EOFError):
        return ""
