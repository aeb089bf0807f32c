"""The commands, by subject. Each does its work through the same services as the pages."""
