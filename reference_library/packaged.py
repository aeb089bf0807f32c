"""The library that comes with RMS: synthetic, and built on the first start.

It is fitted from made-up cases that are the same everywhere, so it need not be shipped as
files. An existing folder is used as it is.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from reference_library.building import build, read_past_cases, steps
from reference_library.folder import MANIFEST, write
from reference_library.synthetic import FACTS, write_csv
from rms.instrument import instrument

NAME, VERSION, INSTRUMENT = "synthetic", "1.0", "rms"
PACKAGED_STEPS = steps(instrument(INSTRUMENT))  # how many `packaged_library` reports


def packaged_library(parent: Path, *, on_step: Callable[[str], None] = lambda step: None) -> Path:
    """The folder of the packaged library below `parent`, built there if it is missing."""
    there = sorted(parent.glob(f"{NAME}-{VERSION}-*/{MANIFEST}"))
    if there:
        return there[0].parent
    with tempfile.TemporaryDirectory() as scratch:
        cases = Path(scratch) / "cases.csv"
        write_csv(cases)
        past = read_past_cases(cases, instrument(INSTRUMENT))
    library = build(past, policy="pool", name=NAME, version=VERSION, facts=FACTS, on_step=on_step)
    return write(library, parent)
