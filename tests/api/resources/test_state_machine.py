"""Whatever is done in whatever order, the service remembers it as a few dicts would.

Hypothesis draws the steps and sends them to the real application; beside it stands a model in plain Python.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from api.storage import Store
from rms.assessment import display_id
from tests.api.conftest import Clock, Database, Prepared
from tests.postgresql import Server

POST = "/api/v1/assessments"
DRAFTS = "/api/v1/drafts"
FILTERS = "/api/v1/me/filters"
NUMBERS = ("10000", "1000", "20P")
RELEASES = (None, "2026-12-01", "2027-06-01")
Json = dict[str, Any]
Fresh = Callable[[], Any]

numbers = st.sampled_from(NUMBERS)
releases = st.sampled_from(RELEASES)
drug = st.integers(0, 2)
some = st.integers(0, 50)  # which of those there are, counted round


@dataclass(frozen=True)
class Known:
    """What the model remembers of one assessment."""

    id: str
    number: str
    what_if: bool
    release: str | None
    drug: int
    day: str
    corrected_by: str | None = None


@dataclass
class Draft:
    """What the model remembers of one draft."""

    id: str
    version: int
    body: Json = field(default_factory=dict)


class Service(RuleBasedStateMachine):
    """The application and its model. `client`, `clock`, `app`, `fresh` and `body` are set by the test."""

    app: Flask
    client: FlaskClient
    clock: Clock
    fresh: Fresh
    body: Json

    @initialize()
    def begin(self) -> None:
        self.leave = self.fresh()
        self.clock.at = Clock().at
        self.known: dict[str, Known] = {}
        self.latest: dict[str, str] = {}
        self.drafts: dict[str, Draft] = {}
        self.filters: dict[str, Json] = {}
        self.sent: list[tuple[str, Json, str, Json]] = []

    # Submitting -----------------------------------------------------------------

    @rule(number=numbers, release=releases, drug=drug, repeatable=st.booleans())
    def submit(self, number: str, release: str | None, drug: int, repeatable: bool) -> None:
        body = self.posted(number, release, drug)
        answer = self.post(POST, body, repeatable=repeatable)
        self.remember(answer, Known("", number, False, release, drug, self.today))

    @rule(number=numbers)
    def submit_nonsense(self, number: str) -> None:
        body = self.posted(number, None, 1)
        self.refused(self.client.post(POST, json={**body, "answers": {**body["answers"], "drug": 9}}), 422)
        self.refused(self.client.post(POST, json={**body, "based_on": f"{number}-77"}), 422)

    @rule(which=some, drug=drug, repeatable=st.booleans())
    def ask_what_if(self, which: int, drug: int, repeatable: bool) -> None:
        if (of := self.one(which)) is None:
            return self.refused(
                self.client.post(f"{POST}/10000/what-if", json={"answers": {"drug": drug}}), 404
            )
        answer = self.post(f"{POST}/{of.id}/what-if", {"answers": {"drug": drug}}, repeatable=repeatable)
        if of.what_if or of.drug == drug:
            return self.refused(answer, 422)
        self.remember(answer, replace(of, what_if=True, drug=drug, day=self.today, corrected_by=None))
        assert answer.json["baseline_id"] == of.id
        return None

    @rule(which=some, drug=drug, release=releases)
    def correct(self, which: int, drug: int, release: str | None) -> None:
        if (of := self.one(which)) is None:
            return None
        put_right = {"answers": {"drug": drug}, "release_date": release, "reason": "It was mistyped."}
        answer = self.client.post(f"{POST}/{of.id}/corrections", json=put_right)
        if of.what_if or of.corrected_by is not None:
            return self.refused(answer, 409)
        if (drug, release) == (of.drug, of.release):
            return self.refused(answer, 422)
        right = replace(of, drug=drug, release=release, day=self.today)
        self.remember(answer, right, latest=self.latest[of.number] == of.id)
        self.known[of.id] = replace(of, corrected_by=answer.json["id"])
        assert answer.json["corrects"] == of.id
        return None

    @rule(which=some)
    def send_again(self, which: int) -> None:
        """The same request is answered as it was; its key with another body is refused."""
        if self.sent:
            path, body, key, answered = self.sent[which % len(self.sent)]
            again = self.client.post(path, json=body, headers={"Idempotency-Key": key})
            assert (again.status_code, again.json) == (201, answered)
            other = {**body, "answers": {**body["answers"], "alco": 2}}
            self.refused(self.client.post(path, json=other, headers={"Idempotency-Key": key}), 422)

    # Drafts -----------------------------------------------------------------------

    @rule(number=numbers, whole=st.booleans())
    def begin_draft(self, number: str, whole: bool) -> None:
        body = self.posted(number, None, 1) if whole else {"offender_number": number}
        self.keep_draft(self.client.post(DRAFTS, json=body), body)

    @rule(which=some)
    def repopulate(self, which: int) -> None:
        if (of := self.one(which)) is None:
            return None
        answer = self.client.post(f"{POST}/{of.id}/repopulate")
        if of.what_if:
            return self.refused(answer, 409)
        self.keep_draft(answer, {**self.posted(of.number, of.release, of.drug), "based_on": of.id})
        return None

    @rule(which=some, release=releases, late=st.booleans())
    def change_draft(self, which: int, release: str | None, late: bool) -> None:
        if (draft := self.a_draft(which)) is None:
            return None
        seen = draft.version - 1 if late else draft.version
        answer = self.client.patch(
            f"{DRAFTS}/{draft.id}", json={"release_date": release}, headers={"If-Match": f'"{seen}"'}
        )
        if late:
            return self.refused(answer, 412)
        draft.version += 1
        draft.body["release_date"] = release
        assert (answer.status_code, answer.json["version"]) == (200, draft.version)
        return None

    @rule(which=some)
    def submit_draft(self, which: int) -> None:
        if (draft := self.a_draft(which)) is None:
            return None
        answer = self.client.post(f"{DRAFTS}/{draft.id}/submit", headers={"If-Match": f'"{draft.version}"'})
        if "answers" not in draft.body:
            return self.refused(answer, 422)
        number, release = draft.body["offender_number"], draft.body.get("release_date")
        self.remember(answer, Known("", number, False, release, draft.body["answers"]["drug"], self.today))
        assert answer.json["based_on"] == draft.body.get("based_on")
        del self.drafts[draft.id]
        return None

    @rule(which=some)
    def discard_draft(self, which: int) -> None:
        if (draft := self.a_draft(which)) is not None:
            del self.drafts[draft.id]
            assert self.client.delete(f"{DRAFTS}/{draft.id}").status_code == 204
            self.refused(self.client.get(f"{DRAFTS}/{draft.id}"), 404)

    # Looking ------------------------------------------------------------------------

    @rule(
        number=st.none() | st.sampled_from([*NUMBERS, "1", "10000-01", "9"]),
        latest=st.booleans(),
        what_ifs=st.booleans(),
        release=st.none() | st.sampled_from(RELEASES[1:]),
        since=st.none() | st.integers(0, 3),
        size=st.integers(1, 5),
    )
    def search(
        self,
        number: str | None,
        latest: bool,
        what_ifs: bool,
        release: str | None,
        since: int | None,
        size: int,
    ) -> None:
        asked: Json = {"latest": latest, "limit": size, "count": True, "sort": "submitted_at"}
        found = [one for one in self.known.values() if what_ifs or not one.what_if]
        if what_ifs:
            asked["include"] = "what_if"
        if latest:
            found = [one for one in found if self.latest.get(one.number) == one.id]
        if release is not None:
            asked["release_from"] = release
            found = [one for one in found if one.release is not None and one.release >= release]
        if since is not None:
            asked["submitted_from"] = day = f"2026-03-{4 + since:02d}"
            found = [one for one in found if one.day >= day]
        if number is not None:
            asked["offender_number"] = number
            named = self.named(number)
            found = [one for one in found if one in named]
        assert list(self.pages(asked, total=len(found))) == [one.id for one in found]

    @rule(name=st.sampled_from("ab"), latest=st.booleans())
    def save_filter(self, name: str, latest: bool) -> None:
        self.filters[name] = {"latest": latest, "release_from": "2026-12-01"}
        assert self.client.put(f"{FILTERS}/{name}", json=self.filters[name]).status_code == 200

    @rule(name=st.sampled_from("ab"))
    def remove_filter(self, name: str) -> None:
        there = self.filters.pop(name, None) is not None
        assert self.client.delete(f"{FILTERS}/{name}").status_code == (200 if there else 404)

    @rule(days=st.integers(1, 2))
    def sleep(self, days: int) -> None:
        self.clock.advance(days=days)
        self.sent.clear()  # a key is kept for two days

    @rule()
    def count(self) -> None:
        counts = self.client.post(f"{POST}/counts", json={"include": "what_if"}).json
        people = {one.number for one in self.known.values()}
        assert (counts["people"], counts["assessments"]) == (len(people), len(self.known))

    # What holds at the end ------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if hasattr(self, "known"):
                self.everything_is_as_remembered()
        finally:
            if hasattr(self, "leave"):
                self.leave()

    def everything_is_as_remembered(self) -> None:
        for number in NUMBERS:
            self.history_is_whole(number)
        listed = self.client.get(DRAFTS).json["drafts"]
        assert {one["id"] for one in listed} == set(self.drafts)
        for draft in self.drafts.values():
            there = self.client.get(f"{DRAFTS}/{draft.id}")
            assert there.headers["ETag"] == f'"{draft.version}"'
            assert there.json["version"] == draft.version
        saved = self.client.get(FILTERS).json["filters"]
        assert {one["name"]: one["criteria"] for one in saved} == self.filters
        with self.app.extensions["rms"].store.reading() as tx:
            assert list(tx.audit.problems()) == []

    def history_is_whole(self, number: str) -> None:
        """Newest first, numbered without a gap, one of them the latest, and each as it was submitted."""
        mine = [one for one in self.known.values() if one.number == number]
        answer = self.client.get(f"/api/v1/offenders/{number}/assessments")
        if not mine:
            return self.refused(answer, 404)
        listed = answer.json["assessments"]
        assert [one["id"] for one in listed] == [one.id for one in reversed(mine)]
        assert [one["sequence"] for one in listed] == [*range(len(mine) - 1, -1, -1)]
        assert [one["id"] for one in listed if one["latest"]] == [self.latest[number]]
        for one in mine:
            whole = self.client.get(f"{POST}/{one.id}").json
            assert (whole["kind"] == "what_if", whole["release_date"]) == (one.what_if, one.release)
            assert (whole["answers"]["drug"], whole["corrected_by"]) == (one.drug, one.corrected_by)
            assert whole["submitted_at"].startswith(one.day)
        return None

    # ------------------------------------------------------------------------------------

    @property
    def today(self) -> str:
        return self.clock().date().isoformat()

    def posted(self, number: str, release: str | None, drug: int) -> Json:
        answers = {**self.body["answers"], "drug": drug}
        return {**self.body, "offender_number": number, "answers": answers, "release_date": release}

    def post(self, path: str, body: Json, *, repeatable: bool) -> Any:
        if not repeatable:
            return self.client.post(path, json=body)
        key = f"key-{len(self.sent)}-{len(self.known)}"
        answer = self.client.post(path, json=body, headers={"Idempotency-Key": key})
        if answer.status_code == 201:
            self.sent.append((path, body, key, answer.json))
        return answer

    def remember(self, answer: Any, one: Known, *, latest: bool = True) -> None:
        """That it was submitted, under the number that the model gives it."""
        earlier = sum(other.number == one.number for other in self.known.values())
        id = display_id(one.number, earlier)
        assert (answer.status_code, answer.json and answer.json.get("id")) == (201, id), answer.text
        assert answer.json["sequence"] == earlier
        self.known[id] = replace(one, id=id)
        if latest and not one.what_if:
            self.latest[one.number] = id

    def refused(self, answer: Any, status: int) -> None:
        assert answer.status_code == status, answer.text
        assert answer.mimetype == "application/problem+json"

    def keep_draft(self, answer: Any, body: Json) -> None:
        assert answer.status_code == 201, answer.text
        self.drafts[answer.json["id"]] = Draft(answer.json["id"], 1, body)

    def one(self, which: int) -> Known | None:
        return [*self.known.values()][which % len(self.known)] if self.known else None

    def a_draft(self, which: int) -> Draft | None:
        return [*self.drafts.values()][which % len(self.drafts)] if self.drafts else None

    def named(self, text: str) -> list[Known]:
        """A person's, else the one of that id, else all that begin so."""
        of = self.known.values()
        return (
            [one for one in of if one.number == text]
            or [one for one in of if one.id == text]
            or [one for one in of if (one.id if "-" in text else one.number).startswith(text)]
        )

    def pages(self, asked: Json, *, total: int) -> Iterator[str]:
        cursor: Json = {}
        while True:
            page = self.client.post(f"{POST}/search", json={**asked, **cursor}).json
            assert page["total"] == total
            yield from (one["id"] for one in page["assessments"])
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}


@pytest.fixture
def fresh(app: Flask, database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Fresh:
    """Gives the application a database of its own for one run; what it returns takes it away."""
    application = app.extensions["rms"]

    def on_sqlite() -> tuple[str, Callable[[], None]]:
        prepared: Prepared = request.getfixturevalue("prepared")
        folder = Path(shutil.copytree(prepared.folder, tmp_path / "run"))
        return f"sqlite:///{folder / 'rms.sqlite'}", lambda: shutil.rmtree(folder)

    def on_postgresql() -> tuple[str, Callable[[], None]]:
        server: Server = request.getfixturevalue("postgresql_template")[0]
        url = server.database(template=request.getfixturevalue("prepared_on_postgresql").url)
        return url, lambda: server.drop(url)

    def begin() -> Callable[[], None]:
        url, drop = on_sqlite() if database.url.startswith("sqlite") else on_postgresql()
        store = Store(url)
        app.extensions["rms"] = replace(application, store=store)

        def leave() -> None:
            app.extensions["rms"] = application
            store.close()
            drop()

        return leave

    return begin


@pytest.fixture
def machine(
    app: Flask, client: FlaskClient, clock: Clock, fresh: Fresh, valid_body: Json
) -> type[RuleBasedStateMachine]:
    application = {
        "app": app,
        "client": client,
        "clock": clock,
        "fresh": staticmethod(fresh),
        "body": valid_body,
    }
    return type("Service", (Service,), application)


def run(machine: type[RuleBasedStateMachine], drawn: settings) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            drawn,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            stateful_step_count=50,
        ),
    )


def test_two_thousand_steps(machine: type[RuleBasedStateMachine]) -> None:
    """A thousand on each database."""
    run(machine, settings(max_examples=20, derandomize=True))


@pytest.mark.soak
def test_a_hundred_thousand_steps(machine: type[RuleBasedStateMachine]) -> None:
    run(machine, settings(max_examples=1_000))
