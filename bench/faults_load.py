"""The load of a run: clients that submit pictures, each upload with a mark of its own, and keep
what they know.
"""

import hashlib
import random
import struct
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import Self

import numpy as np
from PIL import ExifTags, Image

from bench.faults_judge import Answered, RunAttempt
from harness.lab6.oracle.judging import judge_picture
from harness.lab6.pictures import ACTIONS, make_params, make_picture
from harness.lab6.requests import picture_job
from harness.witness.errors import WitnessError
from harness.witness.http import Api

_CLIENTS = 4
_ANSWER_S = 15.0
_AGAIN_S = 0.05  #: after a refusal
_SIZE = (96, 72)
_WORKS = 12
_END_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A picture and what is to be made of it."""

    picture: bytes  #: PNG
    action: str
    params: str


class FaultLoad:
    """Submits until as many are acknowledged as were asked for; goes on through refusals. A
    context manager.
    """

    def __init__(self, url: str, rng: random.Random) -> None:
        numbers = np.random.default_rng(rng.getrandbits(32))
        self._works = [_work(numbers, ACTIONS[n % len(ACTIONS)]) for n in range(_WORKS)]
        self._api = Api(url, timeout_s=_ANSWER_S)
        self._lock = threading.Lock()
        self._due = threading.Semaphore(0)
        self._over = threading.Event()
        self._attempts: list[RunAttempt] = []
        self._sent: dict[str, Work] = {}
        self._poison = self._acknowledged = self._numbers = 0
        self._failure: BaseException | None = None
        self._judged: dict[tuple[Work, str], bool] = {}
        self._clients = [threading.Thread(target=self._run, daemon=True) for _ in range(_CLIENTS)]
        for client in self._clients:
            client.start()

    def submit(self, count: int, *, poison: bool = False) -> None:
        """So many jobs more, as soon as may be; one of them poison."""
        with self._lock:
            self._poison += poison
        self._due.release(count)

    @property
    def acknowledged(self) -> int:
        """How many were, so far. Raises what ended a client, if something did."""
        if self._failure is not None:
            raise self._failure
        return self._acknowledged

    def attempts(self) -> tuple[RunAttempt, ...]:
        """The jobs that were sent, once the clients have ended."""
        self.close()
        return tuple(self._attempts)

    def is_right(self, upload: str, result: bytes) -> bool:
        """Whether this is the picture that was asked for with this upload (its SHA-256)."""
        work = self._sent.get(upload)
        if work is None:
            return False
        key = (work, hashlib.sha256(result).hexdigest())
        if key not in self._judged:
            verdict = judge_picture(work.picture, result, work.action, work.params, exact=True)
            self._judged[key] = verdict.ok
        return self._judged[key]

    def close(self) -> None:
        """No more submissions; back when the last is answered."""
        self._over.set()
        self._due.release(_CLIENTS)
        for client in self._clients:
            client.join(_END_S)
        self._api.close()

    def _run(self) -> None:
        try:
            while self._due.acquire() and not self._over.is_set():
                while not self._over.is_set() and not self._attempted():
                    self._over.wait(_AGAIN_S)
        except BaseException as error:  # noqa: BLE001 - told where the run is steered
            self._failure = error

    def _attempted(self) -> bool:
        """One submission; whether it was acknowledged."""
        with self._lock:
            self._numbers += 1
            number = self._numbers
            poison, self._poison = self._poison > 0, max(0, self._poison - 1)
            work = self._works[number % len(self._works)]
        marks = {"attempt": str(number)} | ({"poison": "yes"} if poison else {})
        data = marked(work.picture, marks)
        upload = hashlib.sha256(data).hexdigest()
        self._sent[upload] = work
        answered, job_id = self._answer(data, work)
        attempt = RunAttempt(
            number=number, upload=upload, answered=answered, job_id=job_id, poison=poison
        )
        with self._lock:
            self._attempts.append(attempt)
            self._acknowledged += job_id is not None
        return job_id is not None

    def _answer(self, data: bytes, work: Work) -> tuple[Answered, str | None]:
        try:
            answer = self._api.submit(picture_job(data, work.action, work.params))
        except WitnessError:
            return Answered.UNKNOWN, None
        if answer.status == 202 and answer.job_id:
            return Answered.ACKNOWLEDGED, answer.job_id
        return (Answered.REFUSED if 400 <= answer.status < 500 else Answered.UNKNOWN), None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _work(numbers: np.random.Generator, action: str) -> Work:
    with Image.open(BytesIO(make_picture(numbers).data)) as whole:
        small = whole.crop((0, 0, *_SIZE))
    buffer = BytesIO()
    small.save(buffer, "PNG", compress_level=1)
    return Work(
        picture=buffer.getvalue(), action=action, params=make_params(numbers, action, _SIZE)
    )


def marked(png: bytes, marks: Mapping[str, str]) -> bytes:
    """The same picture with words in its Exif, which the api keeps: after the header, which
    takes 33 bytes.
    """
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = " ".join(
        f"{key}={value}" for key, value in marks.items()
    )
    body = b"eXIf" + exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack("!I", len(body) - 4) + body + struct.pack("!I", zlib.crc32(body))
    return png[:33] + chunk + png[33:]
