"""The toy world: texts that tests and the demonstration make, for they know what is in them."""
