"""What surfaces and optimizers have in common: entries that register themselves, arithmetic, typed formulas."""
