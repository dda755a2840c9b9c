"""Whose fault an error is: the work's under test, or the kit's, the machine's, the Engine's. Nobody
pays for these."""

from enum import Enum, auto


class Whose(Enum):
    """Who answers for an error."""

    WORK = auto()
    #: The work's while its services come up; the machine's at any other time.
    WORK_AT_START = auto()
    KIT = auto()


_WORK = (
    "api-silent",
    "api-too-much",
    "compose-file-missing",
    "compose-unreadable",
    "submission-too-large",
    "submission-link",
    "profile-unreadable",
    "profile-toml",
    "profile-key",
    "profile-regex",
    "profile-group",
    "profile-missing",
)
_WORK_AT_START = (
    "service-ended",
    "timed-out",
    "service-missing",
    "build-failed",
    "docker-failed",
)
_KIT = (
    "verify-source",
    "log-missing",
    "log-directory",
    "log-unreadable",
    "submitted-unreadable",
    "submitted-line",
    "submitted-empty",
    "no-such-command",
    "no-such-option",
    "missing-argument",
    "missing-option",
    "extra-argument",
    "option-needs-value",
    "option-takes-no-value",
    "bad-choice",
    "bad-number",
    "bad-value",
    "bad-folder",
    "bad-file",
    "usage",
    "json-unwritable",
    "json-folder",
    "plot-unwritable",
    "folder-unwritable",
    "picture-missing",
    "picture-unreadable",
    "not-running",
    "api-foreign",
    "witness-redis",
    "witness-postgres",
    "log-lost",
    "log-silent",
    "oracle-input",
    "oracle-action",
    "oracle-params",
    "no-runtime",
    "unexpected",
    "bad-url",
    "no-verdict",
    "no-demonstration",
    "folder-taken",
    "not-up",
    "port-busy",
    "unsupported",
    "no-service",
    "file-missing",
    "file-too-large",
    "postgres-missing",
    "redis-missing",
    "docker-missing",
    "engine-silent",
    "docker-permission",
    "compose-missing",
    "container-missing",
    "image-missing",
    "name-taken",
    "disk-full",
    "registry-silent",
    "picture-directory",
    "suite-missing",
    "suite-ended",
    "folder-not-empty",
    "report-source",
    "report-document",
    "report-unwritable",
    "assignment-unreadable",
    "lesson-closed",
    "lesson-refused",
    "lesson-no-result",
    "lesson-no-chapter",
    "lesson-unchecked",
    "lesson-runtime",
    "witness-monitor",
    "embedded-untrusted",
    "embedded-layout",
    "bench-rg",
    "bench-peers",
    "starter-unwritable",
    "starter-folder-taken",
    "work-missing",
    "kube-missing",
    "kube-no-context",
    "kube-context-missing",
    "kube-context-foreign",
    "kube-silent",
    "kube-forbidden",
    "kube-refused",
    "kube-gone",
    "kube-image",
    "kube-load",
    "kube-no-start",
    "kube-volume",
    "kube-no-storage",
    "kube-pressure",
    "kube-namespace-taken",
    "kube-left",
    "kube-no-pods",
    "kube-no-kubectl",
    "results-busy",
    "server-ended",
    "cluster-address",
    "cluster-certificates",
    "cluster-empty",
    "cluster-extra",
    "cluster-open",
    "cluster-silent",
    "no-submission",
    "kubectl-prefix",
    "kubectl-tail",
    "kubectl-one",
    "export-extra",
    "group-empty",
    "live-port-busy",
    "mark-rule",
    "sheet-columns",
    "sheet-scale",
    "sheet-unreadable",
    "sheet-wanted",
    "student-part",
    "time-unreadable",
)

#: Every error of the texts (``errors.toml``) by its reference.
WHOSE_FAULT = (
    dict.fromkeys(_WORK, Whose.WORK)
    | dict.fromkeys(_WORK_AT_START, Whose.WORK_AT_START)
    | dict.fromkeys(_KIT, Whose.KIT)
)


def is_the_works(error: BaseException, *, starting: bool = False) -> bool:
    """Whether the work under test answers for this error; ``starting``: while its services come
    up."""
    whose = WHOSE_FAULT.get(str(getattr(error, "reference", "")), Whose.KIT)
    return whose is Whose.WORK_AT_START if starting else whose is Whose.WORK
