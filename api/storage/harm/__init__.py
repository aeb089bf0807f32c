"""Harm scores, the cuts of their bands, and the list that is sorted by them."""
