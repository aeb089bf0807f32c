"""The documentation matches the code: its tables are correct, and its paths and commands exist."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from api import request_bodies
from api.cli import EXIT_CODES, rms
from api.config import SETTINGS, Config
from api.errors import PROBLEMS
from api.runtime import gunicorn_settings, job_runner
from api.services import long_reads, replies
from api.services.access import (
    oidc_login,
    oidc_provider,
    pending_logins,
    rate_limits,
    refusals,
    sign_in_throttle,
)
from api.services.transfer import imports, jobs
from api.storage.access import sign_in_attempts
from reference_library.facts import RESERVED
from rms.engine.metric import SUM_WEIGHT
from rms.engine.simulation import ENGINE_VERSION
from rms.errors import RMSError

HOUSE = Path(__file__).parents[2]
DOCS = sorted([HOUSE / "README.md", *(HOUSE / "docs").glob("*.md")])
OPERATIONS = (HOUSE / "docs/operations.md").read_text(encoding="utf-8")
METHOD = (HOUSE / "docs/method.md").read_text(encoding="utf-8")


def every_error(base: type[RMSError] = RMSError) -> list[type[RMSError]]:
    return [base, *(error for subclass in base.__subclasses__() for error in every_error(subclass))]


def test_the_settings_are_documented_as_declared() -> None:
    table = OPERATIONS.partition("## Settings\n")[2].partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
    assert table.splitlines() == [
        f"| `{setting.variable}` | {setting.meaning} | {setting.allowed} | {setting.default} |"
        for setting in SETTINGS
    ]


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_code_is_documented_with_its_status_and_exit_code(code):
    assert f"| `{code}` | {PROBLEMS[code][0]} | {EXIT_CODES.get(code, '–')} |" in OPERATIONS


def test_the_reserved_names_of_facts_are_documented() -> None:
    libraries = (HOUSE / "docs/libraries.md").read_text(encoding="utf-8")
    assert f"the names that RMS writes itself: `{'`, `'.join(sorted(RESERVED))}`" in libraries


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_has_a_status(error):
    assert error.code in PROBLEMS


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_links_and_paths_exist(document):
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


def test_the_method_page_has_the_constants_of_the_code():
    assert f"version {ENGINE_VERSION}" in METHOD
    assert f"with λ = {SUM_WEIGHT:g}." in METHOD


def row_of_bounds(about: str, heading: str = "## Bounds") -> str:
    table = OPERATIONS.partition(f"{heading}\n")[2].partition("\n## ")[0]
    (row,) = [line for line in table.splitlines() if line.startswith(f"| {about}")]
    return row


@pytest.mark.parametrize(
    ("about", "numbers"),
    [
        ("requests from one origin |", [Config.stranger_rate]),
        ("requests from one origin that", [Config.stranger_posts]),
        ("origins and accounts", [rate_limits.MOST_NAMES]),
        ("headers", [gunicorn_settings.limit_request_fields, gunicorn_settings.limit_request_field_size]),
        ("headers", [gunicorn_settings.limit_request_line]),
        ("fields of a form", [request_bodies.MOST_FIELDS]),
        ("a form sent after", [replies.of_user(1).largest // 1024, replies.MOST]),
        ("answers to forms", [replies.of_stranger("").largest // 1024, replies.MOST]),
        ("answers to forms", [replies.MOST_OF_STRANGERS]),
        ("counts of failed", [sign_in_attempts.MOST_COUNTS]),
        ("origins where", [sign_in_attempts.MOST_ORIGINS, sign_in_throttle.USUAL.days]),
        ("sign-ins that wait for a", [pending_logins.MOST]),
        ("sign-ins that wait for the", [oidc_login.MOST, oidc_login.LONGEST_WANTED]),
        ("requests to an OpenID", [oidc_provider.ASKED_AGAIN_AFTER.seconds, oidc_provider.WAIT]),
        ("verifying the audit log", [long_reads.RUNNING, long_reads.WAITING, int(long_reads.PATIENCE)]),
        ("refusals in the audit log", [refusals.OF_ONE, refusals.OF_UNKNOWN]),
    ],
)
def test_the_bounds_are_those_of_the_code(about: str, numbers: list[int]) -> None:
    for number in numbers:
        assert re.search(rf"(?<!\d)(?<!\d,){number:,}(?!,?\d)", row_of_bounds(about)), (about, number)


@pytest.mark.parametrize(
    ("about", "number"),
    [
        ("jobs that wait or run", jobs.MOST_OPEN),
        ("exports and imports kept", jobs.MOST_KEPT),
        ("lines of an import file", imports.MOST_LINES),
        ("first lines of an import", imports.STOP_AFTER),
        ("refused lines listed", imports.MOST_REFUSED_LISTED),
        ("problems of one line", imports.LONGEST_REASONS),
    ],
)
def test_the_bounds_of_an_account_are_those_of_the_code(about: str, number: int) -> None:
    row = row_of_bounds(about, "### Bounds for one account")
    assert re.search(rf"(?<![\d,]){number:,}(?!,?\d)", row)


def test_the_limits_of_imports_are_those_of_the_code() -> None:
    limits = (HOUSE / "docs/imports.md").read_text(encoding="utf-8").partition("## Limits\n")[2]
    table = limits.partition("\n## ")[0]
    for number in (
        imports.MOST_LINES,
        imports.STOP_AFTER,
        imports.MOST_REFUSED_LISTED,
        imports.LONGEST_REASONS,
    ):
        assert f"| {number:,}" in table


def test_the_turns_of_jobs_are_those_of_the_code() -> None:
    section = OPERATIONS.partition("## Jobs and exports\n")[2].partition("\n### ")[0]
    for words in (
        f"up to {job_runner.OWNERS_AT_ONCE} jobs",
        f"more than {job_runner.SHARED_ATTEMPTS} times",
        f"after {jobs.MOST_ATTEMPTS} attempts",
    ):
        assert words in section


def test_the_bounds_of_failed_attempts_are_those_of_the_code() -> None:
    allowed = sign_in_throttle.PASSWORDS
    for row in (
        f"| for one name from one origin | {allowed.here} |",
        f"| from one origin, for any names | {allowed.origin} |",
        f"| for one name, from all origins | {allowed.name} |",
    ):
        assert row in OPERATIONS
