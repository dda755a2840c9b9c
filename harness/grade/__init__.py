"""Grading: what is done to a stack, what the witnesses saw of it, and the verdict."""
