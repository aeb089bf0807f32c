"""Where the real files are, which are no part of the project; what needs them says so and is left out."""

import os
from pathlib import Path

SHARED = Path(os.environ.get("RMS_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
