"""The network of associations: who is linked, how central they are, their clusters and a picture."""
