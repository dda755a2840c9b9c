"""Celery: prefork, no results kept, nothing said between workers (its guide's advice for
throughput).
"""

import os

import work
from celery import Celery

app = Celery("bench", broker=os.environ["REDIS_URL"])
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)


@app.task
def job(*facts):
    work.perform(*facts)


def submit(*facts):
    job.delay(*facts)
