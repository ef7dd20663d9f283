"""What a method, a schedule or a rule is made of."""
