"""JSON of the network of associations."""
