"""Several tasks at once, and one added later."""
