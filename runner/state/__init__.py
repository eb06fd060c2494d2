"""What a run remembers: the run directory, its lock, its journal and the history folded from it."""
