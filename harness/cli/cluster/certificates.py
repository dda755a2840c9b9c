"""One key pair for all machines of a cluster, signed by an authority whose own key is thrown
away: nobody can make another.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.cli.cluster.door import CA, CERTIFICATE, KEY
from harness.cli.problems import UsageProblem
from harness.grade.folders import named_folder

_DAYS = 365


def make_certificates(folder: Path) -> datetime:
    """``ca.pem``, ``certificate.pem`` and ``key.pem`` in the folder, which is new or empty; until
    when they hold.

    ``UsageProblem("cluster-extra")``, ``GradeError``: ``folder-not-empty``, ``folder-unwritable``.
    """
    try:
        import trustme
    except ImportError as error:
        raise UsageProblem("cluster-extra") from error
    until = datetime.now(UTC) + timedelta(days=_DAYS)
    authority = trustme.CA(organization_name="lab6")
    pair = authority.issue_cert("lab6", "localhost", not_after=until)
    named_folder(folder)
    authority.cert_pem.write_to_path(folder / CA)
    pair.cert_chain_pems[0].write_to_path(folder / CERTIFICATE)
    (folder / KEY).touch(mode=0o600)
    pair.private_key_pem.write_to_path(folder / KEY)
    return until
