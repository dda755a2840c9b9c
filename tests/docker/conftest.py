"""What the Engine's tests say at the end."""

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Which variants of the lab were in their turn today."""
    told = [
        report.nodeid.partition("[")[2].rstrip("]")
        for reports in terminalreporter.stats.values()
        for report in reports
        if "test_variants_in_rotation" in getattr(report, "nodeid", "")
    ]
    if told:
        terminalreporter.section("variants graded on the Engine in this run, in rotation")
        terminalreporter.write_line(", ".join(sorted(set(told))))
