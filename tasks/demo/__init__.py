"""The demonstration on the toy world."""
