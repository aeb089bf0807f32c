"""The network of associations: calculating it, the place of a person in it, and that of the offender list."""
