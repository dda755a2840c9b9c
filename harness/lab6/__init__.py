"""All that is lab 6's own: pictures and actions, the plan of jobs, wrong requests, and the oracle.

The engine (``harness.grade``, ``witness``, ``stack``, ``trace``) imports nothing of this room:
whoever starts it hands ``PICTURE_JOBS`` down.
"""
