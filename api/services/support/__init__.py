"""Guide, training, help requests, surveys, usage, coverage, and notes of other services."""
