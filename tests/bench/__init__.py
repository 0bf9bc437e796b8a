"""Runs that measure: not tests, and started by `make` alone."""
