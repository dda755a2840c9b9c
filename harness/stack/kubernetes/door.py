"""The one door to a cluster: every question has a deadline, every refusal a name."""

import json
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from harness.stack.errors import StackError
from harness.stack.kubernetes.context import choose_context

CONNECT_S = 5.0
ANSWER_S = 30.0
_NOT_FOUND, _CONFLICT = 404, 409
_REFUSED = (401, 403)


class ObjectGone(StackError):  # noqa: N818 - an answer, not a fault
    """What was asked about does not exist (any more). ``kube-gone``."""


class Cluster:
    """The cluster of one context. ``core`` and ``apps`` are the generated APIs, to be asked by
    ``ask``.
    """

    def __init__(self, context: str | None = None) -> None:
        self.context = choose_context(context)
        from kubernetes import client, config
        from kubernetes.config.config_exception import ConfigException

        self.configuration = client.Configuration()
        try:
            config.load_kube_config(context=self.context, client_configuration=self.configuration)
        except (ConfigException, OSError, ValueError) as error:
            raise StackError("kube-silent", context=self.context, reason=_line(error)) from error
        self.configuration.retries = 1
        self.core = client.CoreV1Api(self.client())
        self.apps = client.AppsV1Api(self.client())

    def client(self) -> Any:
        """A client of its own: one that streams must not be shared between threads."""
        from kubernetes import client

        made = client.ApiClient(self.configuration)
        # Its own ``close`` leaves the connections open.
        weakref.finalize(made, made.rest_client.pool_manager.clear)
        return made

    def ask(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call an API. ``ObjectGone``; ``StackError``: ``kube-silent``, ``kube-forbidden``,
        ``kube-refused``.
        """
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        options.setdefault("_request_timeout", (CONNECT_S, ANSWER_S))
        try:
            return call(*arguments, **options)
        except ApiException as error:
            raise named(error.status, _message(error), self.context) from error
        except (HTTPError, OSError) as error:
            raise StackError("kube-silent", context=self.context, reason=_line(error)) from error

    def version(self) -> str:
        """What the cluster says of itself, e.g. ``v1.34.1``."""
        from kubernetes import client

        return str(self.ask(client.VersionApi(self.core.api_client).get_code).git_version)

    def may(self, verb: str, resource: str, group: str = "", namespace: str | None = None) -> bool:
        """Whether the cluster lets this user do that to such objects."""
        from kubernetes import client

        wanted = {"verb": verb, "resource": resource, "group": group, "namespace": namespace}
        review = {"spec": {"resourceAttributes": {k: v for k, v in wanted.items() if v}}}
        api = client.AuthorizationV1Api(self.core.api_client)
        return bool(self.ask(api.create_self_subject_access_review, review).status.allowed)

    def create(self, thing: dict[str, Any]) -> None:
        """Create an object. A kind that this cluster does not know is ``ObjectGone``; one that
        is there stays.
        """
        from kubernetes import utils

        def created() -> None:
            try:
                utils.create_from_dict(
                    self.core.api_client, thing, _request_timeout=(CONNECT_S, ANSWER_S)
                )
            except utils.FailToCreateError as error:
                first = error.api_exceptions[0]
                if first.status != _CONFLICT:
                    raise named(first.status, _message(first), self.context) from error

        self.ask(lambda **_: created())


def named(status: int | None, message: str, context: str) -> StackError:
    """The named error of an answer."""
    if status == _NOT_FOUND:
        return ObjectGone("kube-gone", reason=message)
    if status in _REFUSED:
        return StackError("kube-forbidden", context=context, reason=message)
    if not status:  # no answer at all
        return StackError("kube-silent", context=context, reason=message)
    return StackError("kube-refused", context=context, reason=message)


def _message(error: Any) -> str:
    """The sentence of an answer's body, else its reason."""
    with suppress(ValueError, TypeError, KeyError):
        return str(json.loads(error.body)["message"])[:300]
    return str(error.reason)[:300]


def _line(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return str(reason or error).partition("\n")[0][:300]
