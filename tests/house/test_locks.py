"""Every installed package has a version and a hash, and meets the requirement in pyproject.toml."""

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
REQUIRED = {
    "run": RUN,
    "test": [*RUN, *EXTRAS["test"]],
    "bench": [*RUN, *EXTRAS["test"], *EXTRAS["bench"]],
    "pages": GROUPS["pages"],
}


def locked(name: str) -> dict[str, tuple[str, list[str]]]:
    """Package → its version, and the hashes of its files."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    packages = {}
    for entry in re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", text).strip()):
        requirement = Requirement(entry.partition("\\")[0].strip())
        [pin] = requirement.specifier
        assert pin.operator == "==", entry
        packages[canonicalize_name(requirement.name)] = (
            pin.version,
            re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry),
        )
    return packages


@pytest.mark.parametrize("name", REQUIRED)
def test_every_requirement_is_locked(name: str) -> None:
    packages = locked(name)
    for requirement in map(Requirement, REQUIRED[name]):
        version, _ = packages[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement
    assert all(hashes for _, hashes in packages.values())


def test_the_packages_in_production_are_those_that_were_tested() -> None:
    run, test, bench = map(locked, ("run", "test", "bench"))
    assert run.items() <= test.items() <= bench.items()


def test_the_build_backend_is_the_same_everywhere() -> None:
    assert PROJECT["build-system"]["requires"] == GROUPS["build"]


@pytest.mark.parametrize("name", ["Makefile", "Dockerfile", "static/install.sh"])
def test_nothing_is_installed_without_its_hash(name: str) -> None:
    installs = re.findall(r"pip install .*", (ROOT / name).read_text(encoding="utf-8"))
    assert installs
    allowed = ("--require-hashes", "--no-deps --no-build-isolation")
    assert all(any(option in install for option in allowed) for install in installs)


def test_images_are_built_on_one_image_by_its_digest() -> None:
    bases = re.findall(r"(?m)^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert len(set(bases)) == 1
    assert re.search(r"@sha256:[0-9a-f]{64}$", bases[0])
