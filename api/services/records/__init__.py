"""Case records: imports of folders of a source system."""
