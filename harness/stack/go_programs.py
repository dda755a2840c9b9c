"""Programs in Go, built by the machine's own Go: without containers there is no image that would
build them.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import psutil

from harness.lateness import FairTimer
from harness.stack.errors import StackError
from harness.stack.processes import GROUP_OF_ITS_OWN

#: A first build compiles the libraries, too; on a slow laptop that takes minutes.
LIMIT_S = 600.0
#: Where Debian and Ubuntu put Go's libraries; the starter's images take them from there as well.
_DEBIANS_LIBRARIES = "/usr/share/gocode"
_MOST_SAID = 64 * 1024  #: bytes of what Go says
_LONGEST, _MOST_LINES = 300, 40
_LIBRARY = b"!<arch>\n"  #: what is built of a package that is not ``main`` begins so

#: A complaint names its file within the program's own folder: ``./main.go:12:2: undefined: x``.
_PLACE = re.compile(r"^(?:\.[\\/])?(?=[^\s/\\:][^/\\:]*\.go:\d)")
#: Of somebody's site: a name without a dot is one of Go's own, misspelt.
_NO_PACKAGE = re.compile(
    r"(?:cannot find package|no required module provides package|missing go\.sum entry for module"
    r" providing package) \"?([^\s\";/]+\.[^\s\";]+)"
)
#: It names a place, and yet what lacks is the network's or the machine's.
_NO_CODE = re.compile(
    r"Get \"http|dial tcp|module lookup disabled|cannot find module|missing go\.sum|toolchain"
)
#: Two packages in one folder: nobody's code has a place there, and it is the work's.
_PACKAGES = "found packages "


def built(lab: Path, program: str, folder: Path, started: Callable[[int], None]) -> Path:
    """Build the ``program``, a path within the ``lab``'s folder, with the files beside it; the file
    in ``folder``, which is there, that can be run. ``started`` is told the id of Go's process.

    ``StackError``: ``go-missing``: no Go on PATH; ``modules-missing``: a library that it imports is
    not installed; ``go-build-failed``: Go refuses the code; ``go-not-main``: it is no program;
    ``go-trouble``: Go cannot build it here, and the code is not the reason; ``go-build-slow``.
    """
    go = shutil.which("go")
    if go is None:
        raise StackError("go-missing")
    source = (lab / program).parent
    file = folder / (source.name + (".exe" if os.name == "nt" else ""))
    said = folder / f"{source.name}.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the machine's own Go
            [go, "build", "-buildvcs=false", "-o", str(file), "."],
            cwd=source,
            env=_environment(source, lab, folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **GROUP_OF_ITS_OWN,
        )
    started(process.pid)
    status, ended = _waited(process)
    if not ended:
        raise StackError("go-build-slow", seconds=f"{LIMIT_S:g}")
    with said.open("rb") as text:
        words = text.read(_MOST_SAID).decode("utf-8", "replace")
    if status != 0:
        raise _refused(words, source, PurePosixPath(program).parent)
    with file.open("rb") as made:
        if made.read(len(_LIBRARY)) == _LIBRARY:
            raise StackError("go-not-main", folder=PurePosixPath(program).parent)
    return file


def _waited(process: "subprocess.Popen[bytes]") -> tuple[int, bool]:
    """Its status, and whether it ended by itself; nothing of it is left, whatever happens."""
    late: list[bool] = []

    def give_up() -> None:
        late.append(True)
        _end(process)

    clock = FairTimer(LIMIT_S, give_up)
    clock.start()
    try:
        return process.wait(), not late
    except BaseException:
        _end(process)
        raise
    finally:
        clock.cancel()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With all that it started."""
    try:
        family = psutil.Process(process.pid)
        members = [*family.children(recursive=True), family]
    except psutil.NoSuchProcess:
        members = []
    for member in members:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()


def _environment(source: Path, lab: Path, folder: Path) -> dict[str, str]:
    """The machine's, without what a shell may have set for other programs. With a ``go.mod`` the
    libraries are the module's; without one they are looked for where they were before Go had
    modules, and where the system's packages put them.
    """
    settings = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOOS": "", "GOARCH": "", "GOWORK": "off"}
    settings["GOTOOLCHAIN"] = "local"  # a work may ask for another: none is fetched for it
    if not (os.environ.get("HOME") or os.environ.get("GOCACHE") or os.name == "nt"):
        settings["GOCACHE"] = str(folder / "cache")
    above = (parent for parent in source.parents if parent.is_relative_to(lab))
    if any((place / "go.mod").is_file() for place in (source, *above)):
        return os.environ | settings | {"GO111MODULE": "on"}
    own = os.environ.get("GOPATH", "")
    places = [place for place in own.split(os.pathsep) if Path(place).is_absolute()]
    path = os.pathsep.join([*(places or [str(Path("~/go").expanduser())]), _DEBIANS_LIBRARIES])
    return os.environ | settings | {"GO111MODULE": "off", "GOPATH": path}


def _refused(said: str, source: Path, folder: PurePosixPath) -> StackError:
    """What Go said, its files named from the lab's folder on, and whose matter it is."""
    lines = [
        line.expandtabs(4)[:_LONGEST]
        for line in said.replace(f"{source}{os.sep}", "").splitlines()
        if line.strip() and not line.startswith("# ")
    ]
    complains = any(
        line.startswith(_PACKAGES)
        or (_PLACE.match(line) and not _NO_CODE.search(line) and not _NO_PACKAGE.search(line))
        for line in lines
    )
    log = "\n".join(_PLACE.sub(f"{folder}/", line) for line in lines[:_MOST_LINES])
    missing = _NO_PACKAGE.search(said)
    if complains:
        return StackError("go-build-failed", log=log)
    if missing is not None:
        return StackError("modules-missing", folder=folder, package=missing[1], log=log)
    return StackError("go-trouble", folder=folder, said=log)
