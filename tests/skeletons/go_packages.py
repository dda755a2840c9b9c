"""What the Go skeleton needs to run without containers: the machine's own Go, and the libraries where
Debian's packages put them.
"""

import shutil
from pathlib import Path

_LIBRARIES = Path("/usr/share/gocode/src")
_IMPORTED = (
    "github.com/gomodule/redigo",
    "github.com/google/uuid",
    "github.com/lib/pq",
    "golang.org/x/image",
)


def lacking() -> str | None:
    """What is not there; None where all is."""
    if shutil.which("go") is None:
        return "no go on PATH"
    missing = [one for one in _IMPORTED if not (_LIBRARIES / one).is_dir()]
    return f"no {', no '.join(missing)} in {_LIBRARIES}" if missing else None
