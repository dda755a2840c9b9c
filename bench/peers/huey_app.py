"""Huey: blocking reads, no results."""

import os

import work
from huey import RedisHuey

huey = RedisHuey("bench", url=os.environ["REDIS_URL"], results=False, blocking=True)


@huey.task()
def job(*facts):
    work.perform(*facts)


def submit(*facts):
    job(*facts)
