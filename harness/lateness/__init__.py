"""How late the machine itself is, and what that does to deadlines: a mark must not depend on it."""

from harness.lateness.clock import fair_now, stretched
from harness.lateness.slowness import LONGEST, Spell, Timed, too_busy
from harness.lateness.timer import FairTimer

__all__ = ["LONGEST", "FairTimer", "Spell", "Timed", "fair_now", "stretched", "too_busy"]
