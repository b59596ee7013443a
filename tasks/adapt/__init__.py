"""Another domain without its labels."""
