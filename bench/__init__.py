"""Side-by-side measurements: each module measures its subject and its peers in one run.

A module ``bench/<name>.py`` is a click command ``<name>`` of ``lab6 bench``; what it writes with
``--json`` begins ``{"schema": "lab6/bench/v1", "name": "<name>", ...}``. Ratios of one run on one
machine are compared, never seconds of two.
"""

SCHEMA = "lab6/bench/v1"
