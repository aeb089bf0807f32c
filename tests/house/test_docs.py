"""The documents say what the code does: tables, paths and commands in them exist."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import EXIT_CODES, rms
from api.config import SETTINGS
from api.errors import PROBLEMS
from rms.engine.metric import SUM_WEIGHT
from rms.engine.simulation import ENGINE_VERSION
from rms.errors import RMSError

HOUSE = Path(__file__).parents[2]
DOCS = sorted([HOUSE / "README.md", *(HOUSE / "docs").glob("*.md")])
OPERATIONS = (HOUSE / "docs/operations.md").read_text(encoding="utf-8")
METHOD = (HOUSE / "docs/method.md").read_text(encoding="utf-8")


def every_error(kind: type[RMSError] = RMSError) -> list[type[RMSError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in every_error(child))]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_every_setting_is_documented(setting):
    assert f"| `{setting.variable}` | {setting.meaning} | {setting.default} |" in OPERATIONS


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_code_is_documented_with_its_status_and_exit_code(code):
    assert f"| `{code}` | {PROBLEMS[code][0]} | {EXIT_CODES.get(code, '–')} |" in OPERATIONS


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_has_a_status(error):
    assert error.code in PROBLEMS


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_links_and_paths_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (document.parent / target).exists(), target
    for path in re.findall(r"`((?:rms|reference_library|api|static|tests|docs)/[\w./-]*)`", text):
        if not path.startswith(("rms/rules", "tests/spec")):  # announced for later steps
            assert (HOUSE / path).exists(), path


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_commands_exist(document):
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL))
    for words in re.findall(r"(?:^|/|&& )rms ([a-z-]+(?: [a-z][a-z-]*)?)", shell, re.MULTILINE):
        command = [word for word in words.split() if word not in {"folder"}]
        result = CliRunner().invoke(rms, [*command, "--help"])
        assert result.exit_code == 0, words
    for target in re.findall(r"^make (\w+)", shell, re.MULTILINE):
        assert f"\n{target}:" in (HOUSE / "Makefile").read_text(encoding="utf-8")


def test_the_method_page_states_the_constants_in_use():
    assert f"version {ENGINE_VERSION}" in METHOD
    assert f"with λ = {SUM_WEIGHT:g}." in METHOD
