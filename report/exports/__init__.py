"""What goes back to a learning system: a small pure file a format, from the group's verdicts to
bytes.
"""

from collections.abc import Callable, Mapping
from importlib import import_module

from report.exports.made import Made, Told, Wanted
from report.group import Group

#: By the name that a teacher says. Loaded when asked for: some stand on packages that not everyone
#: has.
EXPORTS = (
    "csv",
    "moodle",
    "canvas",
    "classroom",
    "gradescope",
    "classroom50",
    "prairielearn",
    "junit",
    "excel",
)
_MODULES: Mapping[str, str] = {"csv": "plain"}

__all__ = ["EXPORTS", "Made", "Told", "Wanted", "export_as"]


def export_as(name: str, group: Group, wanted: Wanted) -> Made:
    """The files of one format. ``ReportError`` where what it needs is missing."""
    module = import_module(f"report.exports.{_MODULES.get(name, name)}")
    export: Callable[[Group, Wanted], Made] = module.export
    return export(group, wanted)
