"""The packaged library: built where it is missing, used as it is where it is there."""

import shutil

from reference_library import packaged_library, write
from reference_library.packaged import NAME, VERSION
from tests.rms.engine.libraries import library, past_cases


def test_what_is_there_is_used(tmp_path):
    other = write(library(past_cases(1, count=120)), tmp_path)
    there = shutil.copytree(other, tmp_path / f"{NAME}-{VERSION}-0123456789ab")
    steps = []
    assert packaged_library(tmp_path, on_step=steps.append) == there
    assert steps == []
