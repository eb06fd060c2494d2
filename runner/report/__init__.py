"""The report of a run: one HTML file with everything in it, the film included, that needs no network."""
