"""Names within a submission's network: DNS makes no difference between large and small letters."""

import re
from ipaddress import ip_address

from harness.stack.sandbox_project import OWN

_OUTSIDE = re.compile(r"localhost|.*\.docker\.internal")
_NAME = re.compile(r"[a-z0-9_][a-z0-9._-]{0,62}")


def is_free(name: str) -> bool:
    """Whether a submission may use it, however it is written: a name at all, and none of the
    grader's own.
    """
    plain = name.lower()
    return _NAME.fullmatch(plain) is not None and not plain.startswith(OWN)


def is_address(host: str) -> bool:
    """Whether a host is no name of the submission's network: an IP address that may be called, this
    machine itself, or Docker's host.
    """
    try:
        return not ip_address(host).is_unspecified
    except ValueError:
        return _OUTSIDE.fullmatch(host.lower()) is not None
