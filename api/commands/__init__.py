"""The commands, by subject. They use the same services as the pages and the API."""
