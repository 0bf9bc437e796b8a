"""dramatiq actors: a few lines each, that hand an empty wake-up to the engine."""
