"""What comes in and what goes out, as JSON: shapes here, meaning in the domain."""
