"""Plots as SVG, drawn by hand so that they work offline and for everybody."""
