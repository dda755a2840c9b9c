"""The experiments: what is done to a running lab, and what was seen of it then.

One file an experiment: what it does, and the frozen facts that come back. Each leaves the lab as it
found it: four services up, an empty queue. Nothing here judges: a check does, from the facts.
"""
