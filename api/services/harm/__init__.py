"""Harm scores: calculating them, explaining them, and the cuts of their bands."""
