"""Heads on features that are kept."""
