"""What tools put before a worker's words comes off, in any order; the words themselves stay."""

from datetime import UTC, datetime

import pytest

from harness.trace.decorations import undecorated

EVENT = "Status updated to PROCESSING for job 8a3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b"
PREFIXES = {
    "compose": ("worker-1  | ", "worker-1"),
    "container": ("image_worker_service  | ", "image_worker_service"),
    "swarm": ("lab6_worker.1.x7k2abc@node-1    | ", "lab6_worker.1.x7k2abc@node-1"),
    "kubernetes": ("[pod/worker-7d9f-abc/worker] ", "pod/worker-7d9f-abc/worker"),
    "journald": ("Nov 24 02:25:01 host lab6-worker[123]: ", "host lab6-worker[123]"),
    "journald, one digit": ("Nov  4 02:25:01 host lab6-worker: ", "host lab6-worker"),
    "journald, ISO": ("2026-11-24T02:25:01+0200 host lab6-worker[123]: ", "host lab6-worker[123]"),
    "docker logs -t": ("2026-11-24T02:25:01.123456789Z ", ""),
    "RFC 3339 with an offset": ("2026-11-24T02:25:01.5+02:00 ", ""),
    "Go": ("2026/11/24 02:25:01 ", ""),
    "Go with microseconds": ("2026/11/24 02:25:01.123456 ", ""),
    "Go's short file": ("worker/main.go:88: ", ""),
    "a Windows path": ("C:\\lab6\\worker\\main.py:88: ", ""),
    "logging": ("2026-11-24 02:25:01,123 - worker.main - INFO - ", ""),
    "time and level": ("2026-11-24 02:25:01,123 WARNING ", ""),
    "PowerShell 5.1": ("docker : ", ""),
    "basicConfig": ("INFO:root:", ""),
    "colour": ("\x1b[36mworker-1  | \x1b[0m\x1b[32m", "worker-1"),
    "BOM": ("\ufeff", ""),
    "NULs": ("\0\0", ""),
    "white space": (" \t ", ""),
}


@pytest.mark.parametrize("name", PREFIXES)
def test_a_decoration_alone_comes_off(name: str) -> None:
    prefix, stream = PREFIXES[name]
    line = undecorated(prefix + EVENT + " \r\n")
    assert (line.text, line.stream) == (EVENT, stream)


@pytest.mark.parametrize("outer", PREFIXES)
def test_two_decorations_come_off_in_either_order(outer: str) -> None:
    left = {
        inner: undecorated(PREFIXES[outer][0] + prefix + EVENT).text
        for inner, (prefix, _) in PREFIXES.items()
    }
    assert {inner: text for inner, text in left.items() if text != EVENT} == {}


@pytest.mark.parametrize(
    "text",
    [
        f'"{EVENT}"',
        f"He said: {EVENT}",
        f"worker | and then {EVENT}",
        "Received New Event: Job Submitted. Data: a|b|c|d",
        "Error receiving event from Redis: Connection refused",
        "Traceback (most recent call last):",
    ],
)
def test_words_are_no_decoration(text: str) -> None:
    rest = undecorated(text).text
    assert rest == text.removeprefix("worker | ")


def test_the_outermost_time_is_kept() -> None:
    line = undecorated(f"2026-11-24T02:25:01.123456789Z 2026-01-01T00:00:00Z {EVENT}")
    assert line.time == datetime(2026, 11, 24, 2, 25, 1, 123456, tzinfo=UTC)


def test_dockers_time_is_kept_before_a_loggers_own_words() -> None:
    """A level before the logger's own time (Django's), or after it; a process with its number."""
    for words in (
        "INFO 2026-11-24 04:25:01,123",
        "[INFO]",
        "2026-11-24 04:25:01,123 INFO",
        "2026-11-24T02:25:01Z worker[7]:",
        "host worker[7]:",
    ):
        line = undecorated(f"2026-11-24T02:25:01.5Z {words} {EVENT}")
        assert (line.text, line.stamp) == (EVENT, "2026-11-24T02:25:01.5Z")


def test_a_time_that_does_not_exist_is_none() -> None:
    assert undecorated(f"2026-99-24T02:25:01Z {EVENT}").time is None
