"""One file is one rule that holds a run back; its name is the rule's in links."""
