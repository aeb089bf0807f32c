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
from api.schemas.search.search import LARGEST_PAGE
from api.services import long_reads, replies
from api.services.access import (
    oidc_login,
    oidc_provider,
    passwords,
    pending_logins,
    rate_limits,
    refusals,
    sign_in_throttle,
)
from api.services.maps import mapping
from api.services.meetings import agenda, comparisons
from api.services.network import of_list, place
from api.services.records import linkage
from api.services.transfer import imports, jobs
from api.storage.access import sign_in_attempts
from api.web.harm import score
from reference_library.facts import RESERVED
from rms.engine.metric import SUM_WEIGHT
from rms.engine.simulation import ENGINE_VERSION
from rms.errors import RMSError
from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.harm.settings import COMPONENTS
from rms.harm.severity_files import severity_table

HOUSE = Path(__file__).parents[2]
DOCS = sorted([HOUSE / "README.md", *(HOUSE / "docs").glob("*.md")])
OPERATIONS = (HOUSE / "docs/operations.md").read_text(encoding="utf-8")
METHOD = (HOUSE / "docs/method.md").read_text(encoding="utf-8")
HARM = (HOUSE / "docs/harm.md").read_text(encoding="utf-8")


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
        if not path.startswith("tests/spec"):  # announced for a later step
            assert (HOUSE / path).exists(), path


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_commands_exist(document):
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL))
    for words in re.findall(r"(?:^|/|&& )rms ([a-z-]+(?: [a-z][a-z0-9-]*)?)", shell, re.MULTILINE):
        command = [word for word in words.split() if word not in {"folder"}]
        result = CliRunner().invoke(rms, [*command, "--help"])
        assert result.exit_code == 0, words
    for target in re.findall(r"^make (\w+)", shell, re.MULTILINE):
        assert f"\n{target}:" in (HOUSE / "Makefile").read_text(encoding="utf-8")


def test_the_method_page_has_the_constants_of_the_code():
    assert f"version {ENGINE_VERSION}" in METHOD
    assert f"with λ = {SUM_WEIGHT:g}." in METHOD


def test_the_harm_page_has_the_constants_of_the_settings():
    settings, weights = harm_settings(), harm_settings().weights
    drugs, grades = settings.drugs, settings.intelligence.grades
    for words in (
        f"Score = {' + '.join(f'{weights[name]:.2f} {name}' for name in COMPONENTS)}",
        f"outcome is {listed_in_words(settings.outcomes)}",
        f"divided by {settings.year:g}",
        f"100 × 2^(−age ÷ {settings.recency.half_life:g} year)",
        f"in the last {settings.frequency.window:g} years, *n* | 100 × ln(1 + n) ÷ "
        f"ln(1 + {settings.frequency.cap:g})",
        f"days halve every {settings.severity.half_life:g} years | 100 × ln(1 + d) ÷ "
        f"ln(1 + {settings.severity.cap:,g})",
        f"none 0, personal use {drugs['personal_use']}, dependent use of a class A drug "
        f"{drugs['class_a_dependent']}, supply {drugs['supply']}",
        f"last {settings.intelligence.months} months, *g*: {', '.join(f'{g} {grades[g]:g}' for g in grades)}",
        f"100 × g ÷ {settings.intelligence.cap:g}",
        *(f"| {band} | the {percentile}th" for band, percentile in settings.bands.items()),
    ):
        assert words in HARM, words


def listed_in_words(numbers: frozenset[int]) -> str:
    *others, last = map(str, sorted(numbers))
    return f"{', '.join(others)} or {last}"


def test_the_harm_page_has_the_groups_of_the_crime_harm_index():
    table = crime_harm_index()
    rows = [
        f"| {severity.category} | {name} | {severity.days:,g} |" for name, severity in table.groups.items()
    ]
    assert (
        HARM.partition("| category | group | days |\n|---|---|---|\n")[2].split("\n\n")[0].splitlines()
        == rows
    )
    assert f"the group of {len(table.codes)} offence codes" in HARM


def test_the_table_on_the_harm_page_can_be_loaded():
    assert severity_table(HARM.partition("```toml\n")[2].partition("```")[0]).name == "county-2026"


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
        ("the check that a new", [passwords.MEASURED]),
        ("refusals in the audit log", [refusals.OF_ONE, refusals.OF_UNKNOWN]),
    ],
)
def test_the_bounds_are_those_of_the_code(about: str, numbers: list[int]) -> None:
    for number in numbers:
        assert re.search(rf"(?<!\d)(?<!\d,){number:,}(?!,?\d)", row_of_bounds(about)), (about, number)


@pytest.mark.parametrize(
    ("about", "number"),
    [
        ("changes of one's own password", sign_in_throttle.MOST_CHANGES),
        ("jobs that wait or run", jobs.MOST_OPEN),
        ("comparisons of people", comparisons.MOST_OF_ONE),
        ("comparisons of people", comparisons.MOST),
        ("comparisons of people", comparisons.MOST_LISTED),
        ("comparisons of people", comparisons.MOST_COMPARED),
        ("exports and imports kept", jobs.MOST_KEPT),
        ("lines of an import file", imports.MOST_LINES),
        ("first lines of an import", imports.STOP_AFTER),
        ("refused lines listed", imports.MOST_REFUSED_LISTED),
        ("problems of one line", imports.LONGEST_REASONS),
        ("people in the network", of_list.MOST_PEOPLE),
        ("people in the network", of_list.MOST_LINKS),
        ("people of a cluster", of_list.SAMPLE),
        ("people around a person", place.MOST_AROUND),
        ("people around a person", place.MOST_LINKS),
        ("recommendations of a part", agenda.MOST_KEPT),
        ("recommendations of an area", LARGEST_PAGE),
        ("records that are alike", linkage.MOST_ALIKE),
        ("offences, markers and reports", score.MOST_ROWS),
        ("people counted on the map", mapping.MOST_MAPPED),
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
