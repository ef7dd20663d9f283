"""One file is one method; its name is the method's in links."""
