"""One cause for all that is seen: which service, which line of the student's own code, what to
do about it.
"""
