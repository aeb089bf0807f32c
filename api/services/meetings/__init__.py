"""Meetings: recommendations and decisions, agendas and minutes, schedules."""
