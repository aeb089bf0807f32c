"""Routes of the network of associations."""
