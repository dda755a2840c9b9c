"""Programs in Go, built by the machine's own Go: without containers there is no image that would
build them.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path, PurePosixPath

from harness.stack.errors import StackError

#: A first build compiles the libraries, too; on a slow laptop that takes minutes.
LIMIT_S = 600.0
#: Where Debian and Ubuntu put Go's libraries; the starter's images take them from there as well.
_DEBIANS_LIBRARIES = "/usr/share/gocode"
_LAST_LINES = 40
#: A complaint names its file within the program's own folder: ``./main.go:12:2: undefined: x``.
_OWN_FILE = re.compile(r"^(?:\.[\\/])?(?=[\w.-]+\.go:\d)", re.MULTILINE)
_NO_PACKAGE = re.compile(
    r"(?:cannot find package|no required module provides package|missing go\.sum entry for module"
    r" providing package) \"?([^\s\";]+)"
)


def built(lab: Path, program: str, folder: Path) -> Path:
    """Build the ``program``, a path within the ``lab``'s folder, with the files beside it; the file
    in ``folder`` that can be run.

    ``StackError``: ``go-missing``: no Go on PATH; ``modules-missing``: a library that it imports is
    not installed; ``go-build-failed``: Go refuses the code; ``go-build-slow``: no end in
    ``LIMIT_S``.
    """
    go = shutil.which("go")
    if go is None:
        raise StackError("go-missing")
    source = (lab / program).parent
    file = folder / (source.name + (".exe" if os.name == "nt" else ""))
    try:
        run = subprocess.run(  # noqa: S603 - the machine's own Go
            [go, "build", "-o", str(file), "."],
            cwd=source,
            env=os.environ | _settings(source, lab),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError("go-build-slow", seconds=f"{LIMIT_S:g}") from error
    if run.returncode != 0:
        raise _refused(run.stdout.decode("utf-8", "replace"), PurePosixPath(program).parent)
    return file


def _settings(source: Path, lab: Path) -> dict[str, str]:
    """With a ``go.mod`` the libraries are the module's; without one they are looked for where they
    were before Go had modules, and where the system's packages put them.
    """
    above = (parent for parent in source.parents if parent.is_relative_to(lab))
    if any((place / "go.mod").is_file() for place in (source, *above)):
        return {"CGO_ENABLED": "0"}
    own = os.environ.get("GOPATH") or str(Path.home() / "go")
    path = os.pathsep.join((own, _DEBIANS_LIBRARIES))
    return {"CGO_ENABLED": "0", "GO111MODULE": "off", "GOPATH": path}


def _refused(said: str, folder: PurePosixPath) -> StackError:
    """What Go said, its files named from the lab's folder on."""
    named = _OWN_FILE.sub(f"{folder}/", said.strip())
    log = "\n".join(named.splitlines()[-_LAST_LINES:])
    missing = _NO_PACKAGE.search(said)
    if missing is not None:
        return StackError("modules-missing", folder=folder, package=missing[1], log=log)
    return StackError("go-build-failed", log=log)
