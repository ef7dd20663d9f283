"""One file is one test function; its name is the surface's in links."""
