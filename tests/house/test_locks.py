"""What is installed has a version and a hash, and is what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS, GROUPS = PROJECT["project"]["optional-dependencies"], PROJECT["dependency-groups"]
RUN = [*PROJECT["project"]["dependencies"], *GROUPS["build"]]
ASKED = {
    "run": RUN,
    "test": [*RUN, *EXTRAS["test"]],
    "bench": [*RUN, *EXTRAS["test"], *EXTRAS["bench"]],
    "pages": GROUPS["pages"],
}


def locked(name: str) -> dict[str, tuple[str, list[str]]]:
    """Package → its version, and the hashes of its files."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    found = {}
    for entry in re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", text).strip()):
        wanted = Requirement(entry.partition("\\")[0].strip())
        [pin] = wanted.specifier
        assert pin.operator == "==", entry
        found[canonicalize_name(wanted.name)] = (
            pin.version,
            re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry),
        )
    return found


@pytest.mark.parametrize("name", ASKED)
def test_all_that_is_asked_for_is_locked(name: str) -> None:
    found = locked(name)
    for asked in map(Requirement, ASKED[name]):
        version, _ = found[canonicalize_name(asked.name)]
        assert asked.specifier.contains(version), asked
    assert all(hashes for _, hashes in found.values())


def test_what_runs_is_what_was_tested() -> None:
    run, test, bench = map(locked, ("run", "test", "bench"))
    assert run.items() <= test.items() <= bench.items()


def test_the_build_backend_is_the_one_of_the_build() -> None:
    assert PROJECT["build-system"]["requires"] == GROUPS["build"]


@pytest.mark.parametrize("name", ["Makefile", "Dockerfile", "static/install.sh"])
def test_nothing_is_installed_without_its_hash(name: str) -> None:
    installs = re.findall(r"pip install .*", (ROOT / name).read_text(encoding="utf-8"))
    assert installs
    assert all("--require-hashes" in one or "--no-deps --no-build-isolation" in one for one in installs)


def test_images_are_built_on_one_image_by_its_digest() -> None:
    bases = re.findall(r"(?m)^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert len(set(bases)) == 1
    assert re.search(r"@sha256:[0-9a-f]{64}$", bases[0])
