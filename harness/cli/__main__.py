"""``python -m harness.cli``: the command where it is not installed on the path."""

from harness.cli import main

main()
