"""Training a network in stages, with checkpoints."""
