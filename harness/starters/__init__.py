"""What a student begins with: a work with its tasks left to write, one folder a language.

The folders ``python``, ``go`` and ``node`` are made of whole solutions (``tests/skeletons``):
change those, then run ``python -m tests.skeletons.peel``.
"""
