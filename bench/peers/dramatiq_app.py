"""Dramatiq: the Redis broker, no results."""

import os

import dramatiq
import work
from dramatiq.brokers.redis import RedisBroker

dramatiq.set_broker(RedisBroker(url=os.environ["REDIS_URL"]))


@dramatiq.actor
def job(*facts):
    work.perform(*facts)


def submit(*facts):
    job.send(*facts)
