"""Maps: the areas where listed people live, and the places of their offences."""
