"""Pages of published rules."""
