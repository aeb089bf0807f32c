"""The network of associations: its links, and how central people are in it."""
