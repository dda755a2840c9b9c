"""From what a teacher was given (folders, archives, trees of them) to one folder a work, every
decision told.
"""
