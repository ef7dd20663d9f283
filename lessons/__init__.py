"""Lessons: Markdown files that a teacher writes, read into frozen values, their claims and numbers checked by running them."""
