"""Vectors to models; PyTorch and scikit-learn start here."""
