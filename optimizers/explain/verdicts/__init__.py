"""One file is one verdict on why a run went as it did."""
