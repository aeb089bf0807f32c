"""Recommendations, minutes and schedules in the database."""
