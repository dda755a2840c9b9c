"""The load of ``lab6 bench api``: so many clients, each with one connection that is kept, one
upload after another.
"""

import http.client
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import monotonic
from typing import Self

_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An upload, made ready once: the same bytes for every server."""

    body: bytes
    content_type: str

    @classmethod
    def of(cls, picture: bytes) -> Self:
        """The lab's form: the picture, and grayscale."""
        boundary = uuid.uuid4().hex
        part = f"--{boundary}\r\nContent-Disposition: form-data; name="
        before = (
            f'{part}"action"\r\n\r\ngrayscale\r\n{part}"image"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = before.encode() + picture + f"\r\n--{boundary}--\r\n".encode()
        return cls(body=body, content_type=f"multipart/form-data; boundary={boundary}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiLoad:
    """What came of one measurement."""

    latencies: tuple[float, ...]  #: of each 202, seconds
    errors: int  #: other answers, none, and each 202 whose row or message is not there
    seconds: float

    @property
    def rate(self) -> float:
        """Accepted submissions (202) a second."""
        return len(self.latencies) / self.seconds

    def with_kept(self, rows: int, messages: int) -> Self:
        """The same, with what was acknowledged and is not there (or there too often) among the
        errors.
        """
        acknowledged = len(self.latencies)
        amiss = abs(acknowledged - rows) + abs(acknowledged - messages)
        return replace(self, errors=self.errors + amiss)


def apply_load(port: int, form: Form, *, clients: int, seconds: float) -> ApiLoad:
    """All clients begin together, and each ends with the first answer after ``seconds``."""
    start = threading.Barrier(clients + 1)

    def client() -> tuple[list[float], int]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
        try:
            start.wait()
            answers = list(_answers(connection, form, monotonic() + seconds))
        finally:
            connection.close()
        taken = [took for took, status in answers if status == http.client.ACCEPTED]
        return taken, len(answers) - len(taken)

    with ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(client) for _ in range(clients)]
        start.wait()
        began = monotonic()
        results = [future.result() for future in futures]
        took = monotonic() - began
    return ApiLoad(
        latencies=tuple(latency for taken, _ in results for latency in taken),
        errors=sum(errors for _, errors in results),
        seconds=took,
    )


def _answers(
    connection: http.client.HTTPConnection, form: Form, end: float
) -> Iterator[tuple[float, int]]:
    """Of each upload how long it took, seconds, and its status; 0 where there was no answer."""
    while (began := monotonic()) < end:
        try:
            connection.request(
                "POST", "/job/submit", form.body, {"Content-Type": form.content_type}
            )
            with connection.getresponse() as response:
                response.read()
                status = response.status
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens it again
            status = 0
        yield monotonic() - began, status
