"""The first floor: words to vectors, on numpy, scipy and numba alone."""
