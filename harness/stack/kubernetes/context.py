"""Which cluster is meant: the context that was named, else the current one where it is a local one.

Nothing is ever applied to a cluster that the user did not mean: a kubeconfig's current context may
be a university's or a company's.
"""

import os
import re
from collections.abc import Collection

from harness.stack.errors import StackError

NAMED = "LAB6_KUBE_CONTEXT"  #: environment; ``--context`` sets it
_LOCAL = re.compile(r"kind-.+|k3d-.+|minikube|docker-desktop|rancher-desktop")


def is_local(context: str) -> bool:
    """Whether a context of this name is one of the tools that run a cluster on this machine."""
    return _LOCAL.fullmatch(context) is not None


def chosen(named: str | None, current: str | None, known: Collection[str]) -> str:
    """The context to use.

    ``StackError``: ``kube-no-context`` (a kubeconfig without any), ``kube-context-missing`` (named,
    and not there), ``kube-context-foreign`` (not local, and not named).
    """
    if named is not None:
        if named not in known:
            names = ", ".join(sorted(known)) or "—"
            raise StackError("kube-context-missing", context=named, known=names)
        return named
    if current is None:
        raise StackError("kube-no-context")
    if not is_local(current):
        raise StackError("kube-context-foreign", context=current)
    return current


def choose_context(named: str | None = None) -> str:
    """The context to use, by this machine's kubeconfig. ``StackError`` as ``chosen``;
    ``kube-missing``.
    """
    try:
        from kubernetes import config
        from kubernetes.config.config_exception import ConfigException
    except ImportError as error:
        raise StackError("kube-missing") from error
    try:
        contexts, current = config.list_kube_config_contexts()
    except ConfigException as error:
        raise StackError("kube-no-context") from error
    names = {context["name"] for context in contexts}
    return chosen(named or os.environ.get(NAMED) or None, (current or {}).get("name"), names)
