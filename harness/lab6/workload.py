"""Lab 6 as the engine's ``Workload``: pictures to be made grey, resized or cropped."""

from collections.abc import Iterator

from numpy.random import Generator

from harness.lab6.oracle.judging import PictureVerdict, judge_picture
from harness.lab6.oracle.pixels import UnreadableError, read_size
from harness.lab6.oracle.right_answers import expected_size
from harness.lab6.pictures import (
    ACTIONS,
    Picture,
    edge_picture,
    enlarged,
    make_params,
    make_picture,
    repainted,
    repeated,
)
from harness.lab6.plan import Planned, plan_jobs
from harness.lab6.requests import picture_job
from harness.lab6.wrong_requests import wrong_requests
from harness.workload import JobRequest, WrongRequest

#: Points of a picture that takes most of a second. What a plain program needs for it (Go's x/image:
#: 32 bytes for each point in between) must fit into the memory that a service has.
_LARGE = (3264, 2448)
_LESS = 8  #: points on each side, and a common measure of these sides: it can be judged in parts


class PictureJobs:
    """The jobs of lab 6."""

    result_name = "picture"
    kinds = len(ACTIONS)
    #: Too few fields, too many, no UUID, no text.
    rubbish = (
        "rubbish",
        "a|b",
        "1|2|3|4|5",
        "17|./storage/none.png|grayscale|",
        "|||",
        "",
        "\x00\n|",
    )

    def plan(self, seed: int, jobs: int) -> Iterator[Planned]:
        """The three actions in turn, one picture broken."""
        return plan_jobs(seed, jobs)

    def job(self, rng: Generator, number: int) -> JobRequest:
        """A random picture, the action of that number, parameters that fit."""
        action, picture = ACTIONS[number % len(ACTIONS)], make_picture(rng)
        return picture_job(picture.data, action, make_params(rng, action, picture.size))

    def another(self, rng: Generator, request: JobRequest) -> JobRequest:
        """Another picture, as large."""
        fields = request.fields
        return picture_job(repainted(rng, request.payload), fields["action"], fields["params"])

    def edge_job(self, rng: Generator, *, heavy: bool) -> JobRequest:
        """A small picture to be made smaller, or a larger one to be made larger yet."""
        picture, size = edge_picture(rng, large=heavy)
        return picture_job(picture.data, "resize", size)

    def do(self, request: JobRequest) -> bytes:
        """Of the resizes, as a plain worker does it."""
        size = read_size(request.payload)
        picture = Picture(data=request.payload, suffix=request.suffix, size=size)
        fields = request.fields
        return enlarged(picture, expected_size(size, fields["action"], fields["params"])).data

    def large_job(self, rng: Generator) -> JobRequest:
        """Eight megapixels to be resized by a few points."""
        picture = repeated(make_picture(rng, jpeg=True), _LARGE)
        return picture_job(picture.data, "resize", f"{_LARGE[0] - _LESS}x{_LARGE[1] - _LESS}")

    def wrong_requests(self, rng: Generator) -> tuple[WrongRequest, ...]:
        """Without a file, without an action, with another method, and with what is no picture."""
        return wrong_requests(rng)

    def result_suffix(self, media_type: str) -> str:
        """PNG or JPEG: the lab knows no other."""
        return ".png" if media_type == "image/png" else ".jpg"

    def looks_done(self, request: JobRequest, result: bytes) -> bool:
        """A picture of the right size, by its header."""
        fields = request.fields
        size = expected_size(read_size(request.payload), fields["action"], fields["params"])
        try:
            return read_size(result) == size
        except UnreadableError:
            return False

    def judge(self, request: JobRequest, result: bytes, *, exact: bool) -> PictureVerdict:
        """By the oracle."""
        fields = request.fields
        return judge_picture(
            request.payload, result, fields["action"], fields["params"], exact=exact
        )


PICTURE_JOBS = PictureJobs()
