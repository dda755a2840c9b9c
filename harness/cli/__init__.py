"""The command line: ``lab6``. Arguments and printing, nothing else; each command is a small
file.
"""


def main() -> None:
    """Run the command that the process was called with, and end with its exit status."""
    import sys

    from harness.cli.terminal import use_utf8

    use_utf8()
    try:
        from harness.cli.exit_status import run
        from harness.cli.group import group
    except KeyboardInterrupt:  # so early that nothing was started yet
        sys.exit(2)
    sys.exit(run(group, sys.argv[1:]))
