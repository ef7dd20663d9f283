"""What a surface is made of, and the data that come with it."""
