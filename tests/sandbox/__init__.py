"""The simulated trackers, checked against clients and descriptions that nobody here wrote."""
