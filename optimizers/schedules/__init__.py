"""One file is one schedule of the learning rate; its name is the schedule's in links."""
