"""One file is one model on data; its name is the surface's in links."""
