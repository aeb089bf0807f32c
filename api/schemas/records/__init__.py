"""Case records as JSON."""
