"""JSON as it is stored, and as it is hashed."""

import json

compact_json = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode
canonical_json = json.JSONEncoder(allow_nan=False, sort_keys=True, separators=(",", ":")).encode
