"""All that is lab 6's own: its pictures and actions, and the oracle that says what a right result is."""
