"""Requests that cannot be right, as a careless client of lab 6 sends them."""

from numpy.random import Generator

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.workload import JobRequest, Upload, WrongRequest

_OVERSIZE = 12 * 1024 * 1024  #: bytes of noise for a picture: more than any picture of the lab's


def wrong_requests(rng: Generator) -> tuple[WrongRequest, ...]:
    """Six of them; the oversized one last, as who cuts it may close the connection."""
    picture = Upload(name="a.png", data=make_picture(rng).data, media_type="image/png")
    no_file = JobRequest(fields={"action": "grayscale", "params": ""})
    oversize = picture_job(rng.bytes(_OVERSIZE), "grayscale")
    return (
        WrongRequest(name="no-file", request=no_file),
        WrongRequest(name="no-action", request=JobRequest(fields={}, upload=picture)),
        WrongRequest(name="unknown-action", request=picture_job(picture.data, "explode")),
        WrongRequest(name="wrong-method", request=JobRequest(fields={}), method="GET"),
        WrongRequest(
            name="text-as-picture",
            request=picture_job(b"this is no picture", "grayscale"),
            may_be_taken=True,
        ),
        WrongRequest(name="oversize", request=oversize, may_be_cut=True, may_be_taken=True),
    )
