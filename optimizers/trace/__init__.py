"""One trace of a method on a surface, and what is emitted from it."""
