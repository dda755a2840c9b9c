"""The plan of a run: which pictures are sent, with which action and parameters, all from one
seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.lab6.pictures import ACTIONS, Picture, make_params, make_picture, truncated
from harness.lab6.requests import picture_job
from harness.workload import JobRequest

_AT_THE_EDGE = (1, 5)  #: the first resize and the second crop
_ENOUGH_FOR_A_BROKEN_ONE = 4  #: jobs: fewer would not show all three actions beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One job to submit, and how it must end."""

    number: int  #: from 1
    action: str
    params: str
    picture: Picture
    broken: bool  #: the picture is truncated: the api takes it, the worker must say FAILED

    @property
    def request(self) -> JobRequest:
        """As it is sent."""
        media_type = self.picture.media_type
        return picture_job(
            self.picture.data, self.action, self.params, name=self.name, media_type=media_type
        )

    @property
    def name(self) -> str:
        """The name its picture is uploaded under, e.g. ``03-crop.jpg``."""
        return f"{self.number:02}-{self.action}{self.picture.suffix}"

    @property
    def stem(self) -> str:
        """The same without its suffix: the run's own copies begin with it."""
        return self.name.removesuffix(self.picture.suffix)

    @property
    def expected(self) -> str:
        """The final status that is right."""
        return "FAILED" if self.broken else "COMPLETED"


def plan_jobs(seed: int, jobs: int) -> Iterator[Planned]:
    """``jobs`` jobs, one after another as their pictures are made: the three actions in turn on PNG
    and JPEG; from 4 jobs on, one in the middle is truncated. The same seed gives the same plan,
    byte for byte."""
    rng = np.random.default_rng(seed)
    # After the first three, so that each action is seen to succeed.
    broken_at = max(len(ACTIONS), jobs // 2) if jobs >= _ENOUGH_FOR_A_BROKEN_ONE else None
    for index in range(jobs):
        yield _planned(rng, index, broken=index == broken_at)


def make_plan(seed: int, jobs: int) -> tuple[Planned, ...]:
    """All jobs of ``plan_jobs`` at once."""
    return tuple(plan_jobs(seed, jobs))


def _planned(rng: np.random.Generator, index: int, *, broken: bool) -> Planned:
    action = ACTIONS[index % len(ACTIONS)]
    # A cut JPEG is whole to some decoders (OpenCV's): they fill up what is missing. A cut PNG is
    # whole to none.
    picture = make_picture(rng, jpeg=not broken and index // len(ACTIONS) % 2 == 1)
    params = make_params(rng, action, picture.size, at_the_edge=index in _AT_THE_EDGE)
    if broken:
        picture = truncated(picture, rng)
    return Planned(number=index + 1, action=action, params=params, picture=picture, broken=broken)
