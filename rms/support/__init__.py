"""What helps people to use RMS well: training, surveys, usage, and what the list is meant to change."""
