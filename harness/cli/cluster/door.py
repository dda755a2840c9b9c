"""The way to a cluster: its address, its certificates, and what may not go without them."""

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.cli.problems import UsageProblem

if TYPE_CHECKING:
    from distributed.security import Security

CA, CERTIFICATE, KEY = "ca.pem", "certificate.pem", "key.pem"


def dask_is_there() -> None:
    """``UsageProblem("cluster-extra")`` where the extra is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise UsageProblem("cluster-extra") from error


def security(address: str, tls: Path | None, *, without: bool) -> "Security | None":
    """The certificates of folder ``tls``; None without them, which only loopback may be unless
    asked for.

    ``UsageProblem``: ``cluster-address``, ``cluster-open``, ``cluster-certificates``.
    """
    scheme, host = _parts(address)
    if tls is None:
        if scheme == "tls":
            raise UsageProblem("cluster-certificates", folder="--tls", file=CA)
        if not without and not is_loopback(host):
            raise UsageProblem("cluster-open", address=address)
        return None
    if scheme != "tls":
        raise UsageProblem("cluster-address", address=address)
    for name in (CA, CERTIFICATE, KEY):
        if not (tls / name).is_file():
            raise UsageProblem("cluster-certificates", folder=tls, file=name)
    from distributed.security import Security

    pair = {
        f"tls_{role}_{part}": str(tls / file)
        for role in ("client", "scheduler", "worker")
        for part, file in (("cert", CERTIFICATE), ("key", KEY))
    }
    return Security(tls_ca_file=str(tls / CA), require_encryption=True, **pair)


def is_loopback(host: str) -> bool:
    """Whether it can be nobody but this machine. Other names are not looked up: an answer may
    change.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _parts(address: str) -> tuple[str, str]:
    try:
        split = urlsplit(address)
        if split.scheme in ("tcp", "tls") and split.hostname and split.port:
            return split.scheme, split.hostname
    except ValueError:
        pass
    raise UsageProblem("cluster-address", address=address)
