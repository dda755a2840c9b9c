"""The HTTP witness: what the api answered, and when. Sizes and times are bounded; an answer of any
status is a fact, no answer at all is ``WitnessError("api-silent")``."""

import json
import secrets
import string
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic
from types import TracebackType
from typing import Any, Self

import httpx

from harness.lateness import stretched
from harness.stack.waiting import WaitTimeout, until
from harness.trace.ids import kept_id
from harness.witness.dialect import Dialect
from harness.witness.errors import WitnessError
from harness.workload import JobRequest

#: Generous: a busy machine may take seconds for a connection, and a queue answers at once.
TIMEOUT_S = 30.0
_MOST_BYTES = 64 * 1024 * 1024  #: of an answer: more than any result of a lab
_MOST_JSON = 1024 * 1024  #: bytes of an answer that is read as JSON
_MOST_S = 120.0  #: for the whole of an answer, however steadily it drips
_LONGEST_ID = 200
_NOBODY_YET = (502, 503, 504)
_LIMITED_S = 10.0  #: an api that takes some jobs a second, or a few in ten
_PROXY_S = 10.0  #: three looks of a proxy's, a second apart, and more
#: Asked as students ask by hand, so that no work can be honest to the grader alone.
_AS_CURL = {"User-Agent": "curl/8.5.0", "Accept": "*/*"}
_NOT_CURLS = ("Accept-Encoding", "Connection")
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of the api."""

    status: int
    body: bytes
    media_type: str  #: of its Content-Type, without parameters
    sent: datetime  #: when the request was sent, UTC
    answered: datetime  #: when the whole answer was here, UTC
    id_fields: tuple[str, ...] = ("job_id",)  #: where this api puts the id

    @property
    def seconds(self) -> float:
        """From the request to the end of the answer."""
        return (self.answered - self.sent).total_seconds()

    @property
    def document(self) -> Any:
        """The body as JSON; None where it is none: nor is what is too large or too deep, or holds
        half a character (a lone surrogate), which nobody could write down."""
        if len(self.body) > _MOST_JSON:
            return None
        try:
            document = json.loads(self.body)
            json.dumps(document, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            return None
        return document

    @property
    def is_cut(self) -> bool:
        """Whether more came than is read as JSON."""
        return len(self.body) > _MOST_JSON

    @property
    def told_status(self) -> str:
        """The ``status`` of the document, as it stands there; "" where there is none."""
        document = self.document
        return str(document.get("status", "")) if isinstance(document, dict) else ""

    @property
    def job_id(self) -> str | None:
        """The UUID of the job that a submission was answered with; of an id that is none, the one
        under which the kit keeps it (``uuid_of``). None where there is none."""
        return self.told_id and kept_id(self.told_id)

    @property
    def told_id(self) -> str | None:
        """The same as the api writes it: so it asks for it, too."""
        document = self.document
        values = (
            [document.get(name) for name in self.id_fields] if isinstance(document, dict) else []
        )
        texts = [str(value) if type(value) is int else value for value in values]
        ids = [text for text in texts if isinstance(text, str) and 0 < len(text) <= _LONGEST_ID]
        return next(iter(ids), None)


class Api:
    """The api at one address. A context manager; may be shared by threads.

    ``language``: what its sentences are asked for in; None: it is not asked for any.
    """

    def __init__(
        self,
        url: str,
        *,
        dialect: Dialect | None = None,
        timeout_s: float = TIMEOUT_S,
        language: str | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.dialect = dialect or Dialect()
        self._is_full = False  # it took no job for as long as it was asked
        # The environment's proxies are for the world outside, not for a lab on this machine.
        # A connection for each request: many servers close a kept one after an answer of 5xx, or
        # after a few idle seconds, and the next request upon it would find nobody.
        alone = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(
            base_url=self.url,
            timeout=stretched(timeout_s),
            trust_env=False,
            limits=alone,
            headers=_AS_CURL | ({"Accept-Language": language} if language else {}),
            follow_redirects=False,  # a stranger's api could send us to any address of this machine
        )
        # A packed answer is not asked for: a small piece may take a thousand times its memory.
        for name in _NOT_CURLS:
            del self._client.headers[name]

    def submit(self, job: JobRequest, *, method: str = "POST", patient: bool = True) -> Answer:
        """Send a job where this api takes jobs: as JSON, as a form with its file, or with the
        fields in the query. Again for a while, where a proxy says that nobody is behind it: it
        looks for its servers in its own time; and, if ``patient``, where the api says that it takes
        no more jobs just now (429).
        """
        answers: list[Answer] = []

        def taken() -> bool:
            answers[:] = [self._past_proxy(job, method)]
            return answers[0].status != HTTPStatus.TOO_MANY_REQUESTS or not patient

        patient = patient and not self._is_full
        with suppress(WaitTimeout):
            until(taken, deadline_s=_LIMITED_S, what="room for a job", interval_s=0.25)
        # Who was asked in vain is not waited for at each further job.
        is_full = answers[0].status == HTTPStatus.TOO_MANY_REQUESTS
        self._is_full = is_full and (patient or self._is_full)
        return answers[0]

    def _past_proxy(self, job: JobRequest, method: str) -> Answer:
        if not self.dialect.behind_proxy:
            return self._submit(job, method)
        last: list[Answer | WitnessError] = []

        def there() -> bool:
            try:
                last[:] = [self._submit(job, method)]
            except WitnessError as error:
                if error.reference != "api-silent":
                    raise
                last[:] = [error]
            return isinstance(last[0], Answer) and last[0].status not in _NOBODY_YET

        with suppress(WaitTimeout):
            until(there, deadline_s=_PROXY_S, what="a server behind the proxy", interval_s=0.2)
        if isinstance(last[0], WitnessError):
            raise last[0]
        return last[0]

    def _submit(self, job: JobRequest, method: str) -> Answer:
        upload, fields = job.upload, job.fields or None
        if job.as_json:
            body = json.dumps(dict(job.fields)).encode()
            headers = {"Content-Type": "application/json"}
            return self.request(
                method, self.dialect.submit, content=body, headers=headers, most=_MOST_JSON + 1
            )
        named = (
            {self.dialect.file_field: (upload.name, upload.data, upload.media_type)}
            if upload
            else None
        )
        return self.request(
            method,
            self.dialect.submit,
            files=named,
            headers=_form_headers() if named else None,
            data=None if self.dialect.as_query else fields,
            params=fields if self.dialect.as_query else None,
            most=_MOST_JSON + 1,
        )

    def row(self, job_id: str) -> Answer:
        """``GET /job/<id>``, or what it is called here: the job's row as JSON."""
        path = self.dialect.status_of.format(id=self.dialect.written_id(job_id))
        return self.request("GET", path, most=_MOST_JSON + 1)

    def result(self, job_id: str) -> Answer:
        """What the job came to, where this api gives it out."""
        path = self.dialect.result.format(id=self.dialect.written_id(job_id))
        return self.request("GET", path)

    def request(
        self,
        method: str,
        path: str,
        *,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        most: int | None = None,
    ) -> Answer:
        """Any request. ``WitnessError`` where no answer came: ``api-silent``, ``api-too-much``. Of
        its body ``most`` bytes are read, where that is given, and no more is asked for.
        """
        sent = datetime.now(UTC)
        try:
            with self._client.stream(
                method,
                path,
                files=files,
                data=data,
                params=params,
                content=content,
                headers=headers,
            ) as response:
                body = self._read(response, most)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise WitnessError("api-silent", url=self.url + path, reason=reason) from error
        return Answer(
            status=response.status_code,
            body=body,
            media_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
            sent=sent,
            answered=datetime.now(UTC),
            id_fields=self.dialect.id_fields,
        )

    def _read(self, response: httpx.Response, most: int | None) -> bytes:
        body, end = bytearray(), monotonic() + _MOST_S
        for piece in response.iter_raw():
            body += piece
            if most is not None and len(body) >= most:
                return bytes(body[:most])
            if monotonic() > end:
                raise WitnessError("api-silent", url=str(response.url), reason=f"> {_MOST_S:.0f} s")
            if len(body) > _MOST_BYTES:
                megabytes = _MOST_BYTES // 1024 // 1024
                raise WitnessError("api-too-much", url=str(response.url), megabytes=megabytes)
        return bytes(body)

    def close(self) -> None:
        """Close the connections to the api."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _form_headers() -> dict[str, str]:
    boundary = "-" * 24 + "".join(secrets.choice(_LETTERS) for _ in range(22))
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}
