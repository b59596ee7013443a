"""Pages: their frame, their pictures."""
