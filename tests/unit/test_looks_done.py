"""What could be a result, at a glance: a picture of the right size, as a viewer shows it."""

from io import BytesIO

import pytest
from PIL import Image, ImageOps

from harness.lab6.plan import make_plan
from harness.lab6.workload import PICTURE_JOBS

JOBS = [job for job in make_plan(seed=5, jobs=16) if not job.broken]


def made(job) -> bytes:
    """The job's result, by Pillow alone."""
    picture = ImageOps.exif_transpose(Image.open(BytesIO(job.request.payload)))
    numbers = [int(number) for number in job.params.replace("x", ",").split(",") if number]
    if job.action == "resize":
        picture = picture.resize(numbers)
    elif job.action == "crop":
        picture = picture.crop(numbers)
    file = BytesIO()
    picture.convert("L").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("job", JOBS, ids=lambda job: f"{job.number}-{job.action}")
def test_a_result_looks_done_whatever_its_picture(job):
    """Also of a phone held upright."""
    assert PICTURE_JOBS.looks_done(job.request, made(job))
    assert not PICTURE_JOBS.looks_done(job.request, b"no picture")


def test_a_picture_of_another_size_does_not():
    """The upload in the place of a part of it."""
    job = next(job for job in JOBS if job.action == "crop")
    assert not PICTURE_JOBS.looks_done(job.request, job.request.payload)
