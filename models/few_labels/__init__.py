"""Learning from few labels, from names, or from none."""
