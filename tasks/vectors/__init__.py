"""Jobs about vectors: train, convert, tell, ask, score, and make documents of them."""
