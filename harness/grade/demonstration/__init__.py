"""The lab's task 3 as one run: its plan, the run itself, its record, and the witnesses compared."""
