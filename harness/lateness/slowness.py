"""How many times slower the machine is than it would be alone, whose doing that is, and when nobody
can tell any more: the decisions, as pure functions.

A work must not be able to buy time by making the machine busy itself. So the slowness that was
measured is divided by who used the processor meanwhile: only the share of *others* stretches a
deadline or excuses a work. What the work's own containers and this process use is told by their
control groups, apart from anybody else's; of one without Docker, by its processes. Where these
cannot be seen (Docker Desktop has them in a virtual machine, Kubernetes on other machines),
deadlines are stretched, no bound of what is measured grows, and nothing is excused.
"""

from dataclasses import dataclass
from enum import Enum

LONGEST = 6.0  #: times that a deadline may grow: a work that never ends fails at the latest then
_WORST = 2 * LONGEST  #: that one look may tell: a hiccup of the Engine says little of a minute
_NOISE = 1.25  #: up to here the machine is as quick as ever


class Timed(Enum):
    """How time takes part in what a check says; the value is the slowness from which on nobody can
    tell a slow work from a slow machine."""

    WAITED = LONGEST  #: it was waited for something, and the deadline was stretched
    MEASURED = 2.5  #: a time, a rate or a share was measured, or the work's own time ran out


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Processor seconds so far."""

    busy_s: float  #: of all processors together, whoever it was
    own_s: float  #: of this grading: this process, and the containers of the work


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of time, and how it went."""

    seconds: float = 0.0  #: by the clock on the wall
    fair_s: float = 0.0  #: the same by the clock that goes slower when the machine does
    #: seconds times slowness, as far as it was others' doing: their ratio is the mean
    needed_s: float = 0.0

    @property
    def slowness(self) -> float:
        """The mean over this time; 1 where it is as quick as ever, or nobody knows whose doing it
        is."""
        return max(self.needed_s / self.seconds, 1.0) if self.seconds > 0 else 1.0

    @property
    def pace(self) -> float:
        """How many times more a bound of what was measured within it allows."""
        return min(self.slowness, LONGEST)

    @property
    def late_s(self) -> float:
        """By how much the deadlines within it were stretched."""
        return max(self.seconds - self.fair_s, 0.0)

    def since(self, earlier: "Spell") -> "Spell":
        """What came after an earlier reading of the same clock."""
        return Spell(
            seconds=self.seconds - earlier.seconds,
            fair_s=self.fair_s - earlier.fair_s,
            needed_s=self.needed_s - earlier.needed_s,
        )

    def with_interval(
        self, seconds: float, slowness: float, *, known: bool, stretched: float | None = None
    ) -> "Spell":
        """The same, longer by an interval in which the machine was so slow; ``known``: whether that
        was others' doing. ``stretched``: what deadlines were stretched by meanwhile, if anything
        else."""
        fair_s = fair_seconds(seconds, slowness if stretched is None else stretched)
        needed_s = seconds * (min(slowness, _WORST) if known else 1.0)
        return self.longer(seconds, fair_s, needed_s)

    def longer(self, seconds: float, fair_s: float, needed_s: float | None = None) -> "Spell":
        """The same, longer by time whose slowness nobody has measured, unless ``needed_s`` tells
        it."""
        return Spell(
            seconds=self.seconds + seconds,
            fair_s=self.fair_s + fair_s,
            needed_s=self.needed_s + (seconds if needed_s is None else needed_s),
        )


def others_share(before: Use, after: Use) -> float:
    """The part of the processors' work between two readings that others had done: 0 to 1."""
    busy = after.busy_s - before.busy_s
    own = after.own_s - before.own_s
    return min(max((busy - own) / busy, 0.0), 1.0) if busy > 0 else 0.0


def slowness(measured: float, share: float) -> float:
    """How much slower others made the machine: what was measured, for their share of the work."""
    return 1.0 if measured <= _NOISE else 1.0 + (measured - 1.0) * share


def fair_seconds(seconds: float, slowness: float) -> float:
    """How far a deadline comes nearer in so many seconds."""
    return seconds / min(max(slowness, 1.0), LONGEST)


def too_busy(timed: Timed | None, spell: Spell) -> bool:
    """Whether what was found within this time may be the machine's doing; None: time takes no part
    in it."""
    return timed is not None and spell.slowness >= timed.value
