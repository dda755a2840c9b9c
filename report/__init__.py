"""Reports from a verdict and the run that it judges. Knows documents and files alone."""
