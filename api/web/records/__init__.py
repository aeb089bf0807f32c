"""Pages about case records."""
