"""Rubbish straight into the queue."""

from harness.grade.experiments.sending import Sent
from harness.grade.experiments.subject import Lab

#: No message of the lab's: too few fields, too many, no UUID, no text.
RUBBISH = ("rubbish", "a|b", "1|2|3|4|5", "17|./storage/none.png|grayscale|", "|||", "", "\x00\n|")


def malformed(lab: Lab) -> Sent:
    """Rubbish straight into the queue; then a job."""
    with lab.witnesses() as seen:
        for message in RUBBISH:
            seen.redis.push(message)
        return lab.send_and_wait(seen, lab.limits.back_s)
