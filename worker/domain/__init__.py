"""What ought to happen. Pure: no I/O, no clock, no logging; the caller hands in what was seen and what time it is."""
