"""Which way of fine-tuning."""
