"""The verdict: the rubric's points, the results of the checks, and whose fault an error is."""
