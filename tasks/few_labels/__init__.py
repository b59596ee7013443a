"""Few labels of a class, and none."""
