"""`app.serve` with little patience, and a page whose script hangs: for tests/test_serve.py."""

import sys
from pathlib import Path

import streamlit as st

from app import serve, server, watch

if __name__ == "__main__":
    watch.STUCK, serve.HUNG = 1.0, 4.0
    server.app = st.App(Path(__file__).with_name("hanging_page.py"), routes=server.routes, lifespan=server.lifespan)
    sys.argv[1:] = []
    serve.main()
