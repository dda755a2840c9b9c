"""The same pictures as lab 6's, with the same actions."""

from harness.lab6.workload import PICTURE_JOBS as WORKLOAD  # noqa: F401 - the engine looks it up
