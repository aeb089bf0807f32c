"""What a map of listed people reads."""
