"""Carrying a model from one domain to another."""
