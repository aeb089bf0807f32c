"""Every audit action has a sentence, and the entries of one request are one visit."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.runtime.job_runner import FUNCTIONS
from api.services.database_identity import RESTORED, STARTED_AGAIN
from api.services.governance.audit_wording import SENTENCES, Names, sentence
from api.services.governance.visits import visits
from api.storage import CredentialKind, Entry
from tests.api.storage.examples import AT

API = Path(__file__).parents[4] / "api"
NAMES = Names(
    "A7777BC", {1: "A7777BC", 2: "A7777BC-01"}, {5: "A7777BC-01"}, {9: "casey.worker"}, {3: "North"}
)
# Modules where the first word of an action is a variable, with every value it can have.
FAMILIES = {
    "api/storage/access/credentials.py": [str(kind) for kind in CredentialKind],
    "api/storage/systems/webhooks.py": ["webhook"],
    "api/storage/search/saved.py": ["filter", "export_options"],
    "api/storage/transfer/jobs.py": list(FUNCTIONS),
    "api/services/transfer/jobs.py": list(FUNCTIONS),
}
WRITES = {"append", "looked", "note", "note_refused", "end"} | {"_append", "_note", "_note_user"}


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in WRITES:
                yield node


def words(call: ast.Call) -> Iterator[str]:
    """The string constants in the action that a call is given."""
    arguments = [*call.args[:2], *(keyword.value for keyword in call.keywords if keyword.arg == "action")]
    for argument in arguments:
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def written() -> set[str]:
    """Every action that the code can write."""
    found = {STARTED_AGAIN, RESTORED}
    for path in API.rglob("*.py"):
        if "versions" in path.parts:
            continue
        families = FAMILIES.get(path.relative_to(API.parent).as_posix(), [])
        for word in (word for call in calls(path) for word in words(call)):
            if "." in word.strip(".") and word.replace(".", "").replace("_", "").isalpha():
                found.add(word)
            elif word.isalpha():
                found |= {f"{kind}.{word}" for kind in families}
    return found | {f"{kind}.{state}" for kind in FUNCTIONS for state in ("made", "failed")}


def test_every_action_has_a_sentence() -> None:
    actions = written()
    assert len(actions) > 60
    assert actions - {*SENTENCES} == set()


def entry(
    action: str, sequence: int = 1, *, actor: str = "casey.worker", after: float = 0, **more: Any
) -> Entry:
    values = {"object_kind": "assessment", "object_key": "2", "detail": {}, **more}
    at = AT + timedelta(seconds=after)
    return Entry(sequence=sequence, at=at, actor=actor, action=action, previous_hash="", hash="", **values)


@pytest.mark.parametrize(
    ("logged", "words"),
    [
        (entry("assessment.read"), "opened the result of A7777BC-01"),
        (entry("assessment.report_downloaded"), "downloaded the report of A7777BC-01"),
        (entry("assessment.read", object_key="77"), "opened the result of an assessment of A7777BC"),
        (
            entry("assessments.listed", object_key="", detail={"keys": [1, 2, 77]}),
            "saw A7777BC and A7777BC-01 in a list",
        ),
        (
            entry("caseload.assigned", object_kind="person", object_key="4", detail={"user": 9}),
            "added A7777BC to the caseload of casey.worker",
        ),
        (
            entry("caseload.released", object_kind="person", object_key="4", detail={"user": 10}),
            "removed A7777BC from the caseload of user 10",
        ),
        (
            entry("person.moved", object_kind="person", object_key="4", detail={"office": 3}),
            "moved A7777BC to North",
        ),
        (
            entry("override.decided", object_kind="override", object_key="5"),
            "decided on an override of A7777BC-01",
        ),
        (
            entry("note.written", object_kind="note", object_key="1", detail={"assessment": 1}),
            "wrote a note on A7777BC",
        ),
        (entry("login.refused", object_kind="user", object_key=""), "could not sign in as an unknown user"),
        (entry("something.older"), "did “something.older”"),
    ],
)
def test_an_entry_in_words_has_the_names_behind_its_keys(logged: Entry, words: str) -> None:
    assert sentence(logged, NAMES) == words


def test_every_sentence_works_without_any_name() -> None:
    for action in SENTENCES:
        for object_kind, key in (("person", ""), ("override", "99"), ("user", "x")):
            words = sentence(entry(action, object_kind=object_kind, object_key=key), Names())
            assert "{" not in words and words


def test_the_looks_of_one_request_are_one_visit() -> None:
    listed = {"object_key": "", "detail": {"keys": [1, 2]}}
    entries = [
        entry("person.read", 1, **listed),
        *(entry("assessment.read", number, after=number / 100) for number in (2, 3, 4)),
        entry("note.written", 5, after=0.5, object_kind="note", object_key="1", detail={"assessment": 2}),
        entry("assessment.read", 6, after=0.6, actor="sam.supervisor"),
        entry("assessment.read", 7, after=60),
        entry("person.read", 8, after=120, object_key="", detail={"keys": [2]}),
        entry("assessment.read", 9, after=120.1),
    ]
    merged = [(visit.actor, visit.said, visit.entries) for visit in visits(entries, NAMES)]
    assert merged == [
        ("casey.worker", "opened the list of assessments of A7777BC", (1,)),  # it showed another one too
        ("casey.worker", "opened the result of A7777BC-01", (2, 3, 4)),
        ("casey.worker", "wrote a note on A7777BC-01", (5,)),
        ("sam.supervisor", "opened the result of A7777BC-01", (6,)),
        ("casey.worker", "opened the result of A7777BC-01", (7,)),
        ("casey.worker", "opened the result of A7777BC-01", (8, 9)),
    ]


COUNTED = {"object_key": "", "detail": {"keys": []}}
LISTED = {"object_key": "", "detail": {"keys": [2]}}
BOTH = {"object_key": "", "detail": {"keys": [1, 2]}}
# What one request logs → what is said: never less than was seen.
MOMENTS = [
    ((("assessments.counted", COUNTED), ("assessments.listed", LISTED)), ["saw A7777BC-01 in a list"]),
    ((("assessments.listed", LISTED), ("assessments.counted", COUNTED)), ["saw A7777BC-01 in a list"]),
    ((("assessments.counted", COUNTED),), ["saw counts of assessments, including those of A7777BC"]),
    ((("assessments.listed", LISTED), ("assessment.read", {})), ["opened the result of A7777BC-01"]),
    (  # a look that has taken in another one is itself part of a third
        (("assessments.counted", COUNTED), ("assessments.listed", LISTED), ("assessment.read", {})),
        ["opened the result of A7777BC-01"],
    ),
    (
        (("assessments.listed", BOTH), ("assessment.read", {})),
        ["saw A7777BC and A7777BC-01 in a list", "opened the result of A7777BC-01"],
    ),
    (
        (("assessments.listed", LISTED), ("assessments.listed", BOTH)),
        ["saw A7777BC-01 in a list", "saw A7777BC and A7777BC-01 in a list"],
    ),
    (
        (("assessments.counted", COUNTED), ("assessments.listed", LISTED), ("assessments.exported", COUNTED)),
        ["saw A7777BC-01 in a list", "exported assessments, including those of A7777BC"],
    ),
]


@pytest.mark.parametrize(("logged", "said"), MOMENTS)
def test_a_visit_says_no_less_than_was_seen(
    logged: tuple[tuple[str, dict[str, Any]], ...], said: list[str]
) -> None:
    entries = [entry(action, number, **more) for number, (action, more) in enumerate(logged, 1)]
    found = list(visits(entries, NAMES))
    assert [visit.said for visit in found] == said
    assert sorted(number for visit in found for number in visit.entries) == [one.sequence for one in entries]


def test_what_is_repeated_within_a_minute_is_one_line_with_every_entry() -> None:
    """Recalculations of a what-if read its baseline each time."""
    into = (-AT.second) % 60  # seconds to the next full minute
    reads = [entry("assessment.read", number, after=into + 5 * number) for number in range(1, 9)]
    others = [entry("assessment.read", 9, after=into + 50, actor="sam.supervisor")]
    later = [entry("assessment.read", number, after=into + 41 + number) for number in (10, 11, 12)]
    next_minute = [entry("assessment.read", 13, after=into + 60)]
    found = [(visit.said, visit.entries) for visit in visits([*reads, *others, *later, *next_minute], NAMES)]
    assert found == [
        ("opened the result of A7777BC-01, 8 times", tuple(range(1, 9))),
        ("opened the result of A7777BC-01", (9,)),
        ("opened the result of A7777BC-01, 3 times", (10, 11, 12)),
        ("opened the result of A7777BC-01", (13,)),
    ]
