"""What only a real browser can tell. The rest of the tests needs none."""
