"""Pages of meetings: recommendations, agendas, minutes and schedules."""
