"""Meetings in which lists become decisions: what is recommended, and on which days a schedule is due."""
