"""The sexes that a record of a person may state."""

SEXES = ("female", "male", "other", "unknown")
