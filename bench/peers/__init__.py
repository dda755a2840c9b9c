"""The same work in other people's task queues. Run as their own workers want it: this folder on
the path.
"""
