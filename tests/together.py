"""Which tests share one process where several run, and which of them begin.

A file's labs are opened once, and the checks are one grading. Labs of a project of their own stand
beside each other; of the lab that ``lab6 up`` keeps, and of the names and ports of the lab as it
stands, there is one each.
"""

from xdist.scheduler import LoadScopeScheduling

#: Who starts the lab as it stands, asks for the kept lab, or counts all that an Engine has.
AS_IT_STANDS = (
    "tests/docker/test_compose.py",
    "tests/docker/test_compose_scale.py",
    "tests/docker/test_grade.py",
    "tests/docs/",
    "tests/embedded/test_cli.py",
    "tests/embedded/test_keeper.py",
    "tests/stack/",
)
#: Folders whose files share what is dear to open.
ROOMS = ("tests/kubernetes/", "tests/notebooks/")
#: Groups of few tests that take minutes: begun last, they would leave the other processes idle.
LONG = (
    "as it stands",
    "tests/docker/test_typical_errors.py",
    "tests/docker/test_students_way.py",
    "tests/notebooks/",
    "tests/mutants/test_mutants.py",
    "tests/embedded/test_typical_errors.py",
)


class ByLab(LoadScopeScheduling):
    """pytest-xdist's scheduler of groups, with groups of our own, the long ones first."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _assign_work_unit(self, node: object) -> None:
        for group in reversed(LONG):
            if group in self.workqueue:
                self.workqueue.move_to_end(group, last=False)
        super()._assign_work_unit(node)


def group_of(nodeid: str) -> str:
    """The group of a test: its file, or what it shares with other files."""
    if nodeid.startswith("checks/"):
        return "checks"
    if nodeid.startswith(AS_IT_STANDS):
        return "as it stands"
    room = next((room for room in ROOMS if nodeid.startswith(room)), None)
    return room or nodeid.partition("::")[0]
