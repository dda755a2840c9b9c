"""Where the lab, its checks and its manifests lie: beside this package in a checkout, inside it
where the kit was installed from a wheel (``setup.py`` puts them there).
"""

from pathlib import Path

_CHECKOUT = Path(__file__).parents[1]
_CARRIED = Path(__file__).parent / "carried"

INSTALLED = _CARRIED.is_dir()
HOME = _CARRIED if INSTALLED else _CHECKOUT


def _notes() -> Path:
    """A wheel's own folder may be shared or closed: there, notes go to the user's home."""
    if not INSTALLED:
        return _CHECKOUT / ".lab6"
    try:
        return Path.home() / ".lab6"
    except RuntimeError:  # a user without a home
        return _CARRIED / ".lab6"


NOTES = _notes()  #: what ``lab6 up`` leaves for the commands that come after it
