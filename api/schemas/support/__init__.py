"""Forms of the pages that help people to use RMS."""
