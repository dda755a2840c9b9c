"""The live page: a lab at work, as its witnesses see it, drawn in a browser on this machine."""
