"""What a map of people and offences shows: boundaries of areas, places of offences, and shades."""
