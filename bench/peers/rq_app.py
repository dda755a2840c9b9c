"""RQ: no results kept; its simple worker, which does not fork for each job."""

import os

import redis
import work
from rq import Queue

queue = Queue("bench", connection=redis.Redis.from_url(os.environ["REDIS_URL"]))


def submit(*facts):
    queue.enqueue(work.perform, *facts, result_ttl=0)
