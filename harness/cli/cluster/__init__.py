"""Works graded by many machines: Dask ``distributed`` carries them there and their results
back, both as bytes.
"""
