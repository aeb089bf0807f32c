"""JSON of requests and responses. Schemas check the format; the domain checks the meaning."""
