"""Rubbish straight into the queue."""

from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.sending import Sent


def malformed(lab: LabUnderTest) -> Sent:
    """Rubbish straight into the queue; then a job."""
    with lab.witnesses() as seen:
        for message in lab.workload.rubbish:
            seen.redis.push(message)
        return lab.send_and_wait(seen, lab.limits.back_s)
