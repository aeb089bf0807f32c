"""Schemas of published rules."""
