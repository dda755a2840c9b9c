"""A PostgreSQL of a run's own: the cluster is made, and the server's command line told."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from harness.stack.errors import StackError
from harness.stack.servers import ServerProgram

DATABASE, USER = "jobs_db", "postgres"
_INITDB_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPostgres:
    """One server. ``folder`` is the run's, the data lies in it; ``account`` is the user id that it
    runs by, None: that of this process."""

    program: ServerProgram
    folder: Path
    port: int
    password: str
    account: int | None

    @property
    def command(self) -> list[str]:
        """The server's command line."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",  # a long temporary path would not fit
            "fsync": "off",  # thrown away at the end
            "wal_level": "logical",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [str(self.program.path), "-D", str(self._data), *options]

    @property
    def _data(self) -> Path:
        return self.folder / "postgres"

    def dsn(self, database: str = DATABASE) -> str:
        """libpq's connection string."""
        return (
            f"host=127.0.0.1 port={self.port} dbname={database}"
            f" user={USER} password={self.password}"
        )

    def create(self, environment: Mapping[str, str]) -> None:
        """Make the cluster. ``StackError("server-ended")`` with what ``initdb`` said, ``timed-out``
        where it does not end.
        """
        secret = self.folder / "secret"
        secret.touch(0o600)
        secret.write_text(self.password, encoding="ascii")
        self._data.mkdir(0o700)
        by: dict[str, Any] = {}
        if self.account is not None:
            os.chown(self._data, self.account, -1)
            os.chown(secret, self.account, -1)
            by = {"user": self.account, "extra_groups": []}
        path = self.program.path
        command = [
            *(str(path.with_name(path.name.replace("postgres", "initdb"))),),
            *("-D", str(self._data), "-U", USER, f"--pwfile={secret}", "-A", "scram-sha-256"),
            *("-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
        ]
        try:
            initdb = subprocess.run(  # noqa: S603
                command,
                cwd=self.folder,
                env=dict(environment),
                capture_output=True,
                timeout=_INITDB_S,
                check=False,
                **by,
            )
        except subprocess.TimeoutExpired as error:
            raise StackError("timed-out", what="initdb", seconds=f"{_INITDB_S:g}") from error
        finally:
            secret.unlink()
        if initdb.returncode != 0:
            output = (initdb.stdout + initdb.stderr).decode("utf-8", "replace")[-1000:]
            raise StackError("server-ended", service="initdb", code=initdb.returncode, log=output)

    def answers(self) -> bool:
        """Whether it is this one that listens, by its password; its database is there then."""
        try:
            with closing(psycopg2.connect(self.dsn("postgres"), connect_timeout=5)) as connection:
                connection.autocommit = True
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
                    if cursor.fetchone() is None:
                        cursor.execute(f"CREATE DATABASE {DATABASE}")
            return True
        except psycopg2.OperationalError:
            return False


def reachable(program: ServerProgram, account: int | None, folder: Path) -> ServerProgram:
    """The same server where the account can run it: a copy in the folder, where it lies in a
    private one."""
    if account is None:
        return program
    with suppress(OSError, subprocess.SubprocessError):
        command = [str(program.path), "--version"]
        subprocess.run(  # noqa: S603
            command, user=account, extra_groups=[], check=True, capture_output=True, timeout=20
        )
        return program
    copy = folder / "server"
    _, install, package, *_ = program.path.parents
    libraries = package.with_name(f"{package.name}.libs")  # a wheel's own, found from beside it
    for source in (install, *([libraries] if libraries.is_dir() else [])):
        shutil.copytree(source, copy / source.relative_to(package.parent), symlinks=True)
    for part in (copy, *(path for path in copy.rglob("*") if path.is_dir())):
        part.chmod(0o755)
    path = copy / program.path.relative_to(package.parent)
    return ServerProgram(path=path, version=program.version, origin=program.origin)
