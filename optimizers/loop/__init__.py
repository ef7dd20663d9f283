"""What runs a method, and what it finds out on the way."""
