"""The pure part: what ought to happen."""
