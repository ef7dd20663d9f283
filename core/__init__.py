"""What surfaces and optimizers have in common: entries that register themselves, and arithmetic on floats or arrays."""
