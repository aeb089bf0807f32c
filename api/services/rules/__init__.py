"""Published rules applied to cases."""
