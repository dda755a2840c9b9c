"""SIGTERM: a worker that waits ends at once; one in the middle of a job finishes it first."""

import signal
import sys
import time

PAUSE_S = 1  # between two attempts to reach PostgreSQL, or to write to a full disk

waiting = stopping = False


def finish_on_sigterm():
    """From now on."""
    signal.signal(signal.SIGTERM, stop)


def stop(signum, frame):
    global stopping
    stopping = True
    if waiting:
        sys.exit(0)


def wait_for(call, *args):
    """What the call gives; while no job is in hand, so that the worker may end meanwhile."""
    global waiting
    if stopping:
        sys.exit(0)
    waiting = True
    try:
        return call(*args)
    finally:
        waiting = False


def sleep(seconds):
    wait_for(time.sleep, seconds)


def pause():
    """Before another attempt; a worker that is to stop leaves its job to the next one."""
    if stopping:
        sys.exit(1)
    time.sleep(PAUSE_S)
