"""What ought to be done about one unit: effects as values, and the pure functions that plan them."""
