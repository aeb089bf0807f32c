"""API of published rules."""
