"""The engine of the Lab 6 kit: runs a submission, watches it, judges what was seen."""
