"""The page of tests/hanging_server.py."""

import time

from app.watch import watch

with watch.running("script"):
    time.sleep(600)
