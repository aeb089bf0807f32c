"""Case records: sources, records about people, and what was known before."""
