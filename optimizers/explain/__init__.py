"""What explains a run: its step in formulas, its course in words."""
