"""A picture that is put in another's place cannot be told from it by its size in bytes."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from harness.lab6.oracle.pixels import read_size
from harness.lab6.pictures import make_picture, repainted
from harness.lab6.workload import PICTURE_JOBS

SEEDS = range(8)


@pytest.mark.parametrize("jpeg", [True, False])
def test_it_is_another_of_the_same_size_and_mostly_as_long(jpeg):
    """A whole file, that every decoder reads to its end."""
    as_long = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        picture = make_picture(rng, jpeg=jpeg)
        other = repainted(rng, picture.data)
        with Image.open(BytesIO(other)) as image, Image.open(BytesIO(picture.data)) as before:
            image.load()
            assert (image.size, image.format) == (before.size, before.format)
            assert np.asarray(image).tobytes() != np.asarray(before).tobytes()
        ends = b"\xff\xd9" if jpeg else b"IEND\xaeB`\x82"
        assert other.endswith(ends)
        as_long += len(other) == len(picture.data)
    assert as_long >= len(SEEDS) / 2


@pytest.mark.parametrize("heavy", [True, False])
def test_the_lightest_and_the_heaviest_job_are_such_as_the_demonstration_has(heavy):
    """By the sides of the picture, and by what is asked of it; and the kit's own result is right."""
    rng = np.random.default_rng(3)
    request = PICTURE_JOBS.edge_job(rng, heavy=heavy)
    sides = [read_size(PICTURE_JOBS.job(rng, number).payload) for number in range(60)]
    most, least = max(map(max, sides)), min(map(min, sides))
    width, height = read_size(request.payload)
    assert width == height
    assert abs(width - (most if heavy else least)) < 20
    assert PICTURE_JOBS.judge(request, PICTURE_JOBS.do(request), exact=False).ok
