"""Which tests share one process where several run: a file's labs are opened once, the checks are one
grading, and of an Engine, and of a lab that ``lab6 up`` keeps, there is one each."""

from xdist.scheduler import LoadScopeScheduling

#: Who uses the Engine or the kept lab.
ONE_AT_A_TIME = (
    "tests/browser/test_live_containers.py",
    "tests/docker/",
    "tests/docs/",
    "tests/embedded/test_cli.py",
    "tests/embedded/test_keeper.py",
    "tests/kubernetes/",
    "tests/notebooks/",
    "tests/stack/",
)


class ByLab(LoadScopeScheduling):
    """pytest-xdist's scheduler of groups, with groups of our own."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """The group of a test: its file, or what it shares with other files."""
    if nodeid.startswith("checks/"):
        return "checks"
    return "one Engine" if nodeid.startswith(ONE_AT_A_TIME) else nodeid.partition("::")[0]
