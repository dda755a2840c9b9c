"""What was done to the system, and which workers are down by it: they are nobody's fault."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

_MOST = 200
_BEGUN = "worker-started"  #: among the deeds, though nobody's: the worker's own log tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done to the system, or began in it. ``replica``: the one worker that was
    meant; None where all were. ``left``: how many workers a kill spares; None for other deeds.
    """

    what: str
    at: float  #: seconds since 1970
    replica: int | None = None
    left: int | None = None


class Deeds:
    """The latest of them. ``held`` are the workers, by name, that somebody has paused or killed."""

    def __init__(self) -> None:
        self._all: deque[Deed] = deque(maxlen=_MOST)
        self._held: dict[str, Deed] = {}

    def note(self, deed: Deed, held: Iterable[str] = ()) -> None:
        """Before it is done, so that nobody sees its effect and does not know whose it is."""
        self._all.append(deed)
        self._held |= dict.fromkeys(held, deed)

    def release(self, what: str) -> None:
        """Whom this deed held works again, or is to."""
        self._held = {name: deed for name, deed in self._held.items() if deed.what != what}

    def began(self, worker: str, at: float) -> None:
        """A worker says that it works; "" is the name of one that is alone."""
        self._all.append(Deed(what=_BEGUN, at=at))
        for name, deed in list(self._held.items()):
            if worker in ("", name) and deed.at < at:
                del self._held[name]

    @property
    def held(self) -> frozenset[str]:
        """Their names."""
        return frozenset(self._held)

    @property
    def all(self) -> tuple[Deed, ...]:
        """Also the workers' beginnings, as they were told."""
        return tuple(self._all)

    @property
    def latest(self) -> Deed | None:
        """The last one that was somebody's."""
        return next((deed for deed in reversed(self._all) if deed.what != _BEGUN), None)
