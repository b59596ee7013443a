"""Two languages in one space."""
