"""Keeps as many workers as the queue's length asks for: up at once, down only after a quiet time.

Runs as a pod. Its ServiceAccount may do one thing: change the number of replicas of the worker.
"""

import json
import os
import ssl
import time
import urllib.request
from pathlib import Path

import redis

QUEUE = "image_processing_queue"
MOST = int(os.environ.get("MOST_WORKERS", "4"))
JOBS_PER_WORKER = int(os.environ.get("JOBS_PER_WORKER", "5"))
QUIET_S = float(os.environ.get("QUIET_SECONDS", "15"))
LOOK_S = 1.0

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SCALE = f"/apis/apps/v1/namespaces/{os.environ.get('NAMESPACE', 'lab6')}/deployments/worker/scale"


def wanted(length, now, quiet_s):
    """How many workers: as many as the queue asks for; fewer than now only after a quiet time."""
    asked = min(MOST, max(1, -(-length // JOBS_PER_WORKER)))
    if asked < now and quiet_s < QUIET_S:
        return now
    return asked


def api(method, body=None):
    """Ask the cluster about the worker's scale, or change it."""
    host = os.environ["KUBERNETES_SERVICE_HOST"]
    port = os.environ["KUBERNETES_SERVICE_PORT"]
    request = urllib.request.Request(
        f"https://{host}:{port}{SCALE}",
        method=method,
        data=body and json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}",  # renewed by the cluster
            "Content-Type": "application/merge-patch+json",
        },
    )
    trusted = ssl.create_default_context(cafile=ACCOUNT / "ca.crt")
    with urllib.request.urlopen(request, context=trusted, timeout=10) as answer:
        return json.load(answer)


def main():
    queue = redis.Redis(os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"]), socket_timeout=5)
    busy = time.monotonic()
    while True:
        try:
            length = queue.llen(QUEUE)
            now = api("GET")["spec"].get("replicas", 0)
            if length:
                busy = time.monotonic()
            count = wanted(length, now, time.monotonic() - busy)
            if count != now:
                print(f"queue {length}: workers {now} -> {count}", flush=True)
                api("PATCH", {"spec": {"replicas": count}})
        except (redis.RedisError, OSError, ValueError, KeyError) as err:
            print(f"Error scaling: {err!r}", flush=True)  # looked at again in a second
        time.sleep(LOOK_S)


if __name__ == "__main__":
    main()
