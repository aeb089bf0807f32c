"""Pages of the network of associations."""
