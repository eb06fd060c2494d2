"""HTTP behind one door: the client, its messages, and which addresses it may reach."""
