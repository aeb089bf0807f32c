"""How many failed sign-ins are allowed, by name and by origin, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from api.services.access import sign_in_throttle as module
from api.services.access.accounts import create_user, log_in
from api.services.access.password_changes import confirm_password, set_password
from api.services.access.passwords import PLAIN_RULES
from api.services.access.sign_in_throttle import CODES, USUAL, WINDOW, Bounds, Throttle, TooManyAttempts
from api.services.users import Role, User
from api.storage import Store
from api.storage.access import sign_in_attempts
from rms.errors import InvalidInput, NotAuthenticated
from tests.api.contexts import context_for
from tests.api.rows import rows

AT = datetime(2026, 3, 4, tzinfo=UTC)
PASSWORD, SECRET = "Correct horse battery", "not secret, for these are only tests"
OFFICE, STRANGER = "192.0.2.1", "198.51.100.9"
FEW = Bounds(here=3, origin=5, name=8)
COUNTS = "SELECT key, attempts FROM failed_attempts"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()


@pytest.fixture
def few(store: Store) -> Throttle:
    return Throttle(store, SECRET, passwords=FEW)


@pytest.fixture
def ada(store: Store) -> User:
    return create_user(context_for(store, at=AT, by="test"), "ada", PASSWORD, role=Role.SUPERVISOR)


def enters(throttle: Throttle, password: str = PASSWORD, *, at: datetime = AT, name: str = "ada") -> str:
    """How the attempt ends."""
    try:
        log_in(context_for(throttle.store, at=at), name, password, throttle=throttle)
    except NotAuthenticated:
        return "wrong"
    except TooManyAttempts:
        return "wait"
    return "in"


def test_a_name_at_one_origin(few: Throttle, ada: User) -> None:
    here = few.at(STRANGER)
    assert [enters(here, "wrong") for _ in range(4)] == ["wrong"] * 3 + ["wait"]
    assert enters(here) == "wait"  # even with the right one
    assert enters(here, at=AT + WINDOW) == "in"


def test_a_stranger_elsewhere_does_not_lock_the_user_out(few: Throttle, ada: User) -> None:
    assert [enters(few.at(STRANGER), "wrong") for _ in range(9)] == ["wrong"] * 3 + ["wait"] * 6
    assert enters(few.at(OFFICE)) == "in"


def test_one_origin_with_many_names(few: Throttle, ada: User) -> None:
    there = few.at(STRANGER)
    assert [enters(there, name=f"no.{n}") for n in range(6)] == ["wrong"] * 5 + ["wait"]
    assert enters(there) == "wait"
    assert enters(few.at(OFFICE)) == "in"


def test_one_name_from_many_origins(few: Throttle, ada: User) -> None:
    """A user can still sign in at a usual origin; at a new one they have to wait."""
    assert enters(few.at(OFFICE)) == "in"
    tried = [enters(few.at(f"198.51.100.{n}"), "wrong") for n in range(10)]
    assert tried == ["wrong"] * 8 + ["wait"] * 2
    assert enters(few.at("203.0.113.1")) == "wait"
    assert enters(few.at(OFFICE), "wrong") == "wrong"
    assert enters(few.at(OFFICE)) == "in"


def test_at_the_usual_origin_failures_of_other_names_do_not_count(few: Throttle, ada: User) -> None:
    office = few.at(OFFICE)
    assert enters(office) == "in"
    assert [enters(office, name=f"no.{n}") for n in range(6)][-1] == "wait"
    assert enters(office) == "in"
    assert [enters(office, "wrong") for _ in range(4)] == ["wrong"] * 3 + ["wait"]


def test_an_origin_is_usual_for_ninety_days(few: Throttle, ada: User) -> None:
    assert enters(few.at(OFFICE)) == "in"
    for n in range(8):
        enters(few.at(f"198.51.100.{n}"), "wrong", at=AT + USUAL - timedelta(minutes=1))
    assert enters(few.at(OFFICE), "wrong", at=AT + USUAL - timedelta(seconds=1)) == "wrong"
    assert enters(few.at(OFFICE), at=AT + USUAL) == "wait"


def test_a_new_password_forgets_the_usual_origins(few: Throttle, ada: User, url: str) -> None:
    enters(few.at(OFFICE))
    assert len(rows(url, "SELECT user_id FROM usual_origins")) == 1
    new = "another good passphrase"
    set_password(context_for(few.store, at=AT, by="test"), "ada", new, rules=PLAIN_RULES)
    assert rows(url, "SELECT user_id FROM usual_origins") == []


def test_successes_do_not_count(few: Throttle, ada: User, url: str) -> None:
    for n in range(20):
        assert enters(few.at(OFFICE), "wrong" if n % 3 == 0 and n < 10 else PASSWORD) != "wait"
    # Of the origin, of the name, and of the refusals in the audit log.
    assert sorted(count for _, count in rows(url, COUNTS)) == [4, 4, 4]


def test_a_success_elsewhere_does_not_forget_a_strangers_failures(few: Throttle, ada: User) -> None:
    for _ in range(3):
        enters(few.at(STRANGER), "wrong")
    assert enters(few.at(OFFICE)) == "in"
    assert enters(few.at(STRANGER)) == "wait"


def test_the_message_says_how_long_to_wait(few: Throttle, ada: User) -> None:
    for _ in range(3):
        enters(few, "wrong")
    for after, told, seconds in ((0, "15 minutes", 900), (600, "5 minutes", 300), (870, "1 minute", 30)):
        with pytest.raises(TooManyAttempts, match=rf"Wait {told}, then try again\.") as refused:
            few.attempt("ada", at=AT + timedelta(seconds=after))
        assert refused.value.retry_after == seconds


def test_the_wait_does_not_grow_nor_outlast_a_clock_that_was_set_back(few: Throttle, ada: User) -> None:
    later = AT + timedelta(days=1)
    for _ in range(9):
        enters(few, "wrong", at=later)
    assert enters(few, at=later + WINDOW) == "in"
    for _ in range(9):
        enters(few, "wrong", at=later)
    assert enters(few, at=AT) == "in"


def test_codes_have_to_wait_wherever_they_come_from(few: Throttle) -> None:
    """A code is short: ten attempts in 15 minutes for everyone who has the password."""
    for n in range(CODES.name):
        few.at(f"198.51.100.{n}").attempt("code:1", at=AT, bounds=CODES)
    with pytest.raises(TooManyAttempts):
        few.at(OFFICE).attempt("code:1", at=AT, bounds=CODES)


def test_a_password_that_is_asked_for_again_counts_with_the_login(few: Throttle, ada: User) -> None:
    office = few.at(OFFICE)
    for _ in range(2):
        with pytest.raises(InvalidInput):
            confirm_password(context_for(few.store, at=AT, by=ada), "wrong", throttle=office)
    assert [enters(office, "wrong") for _ in range(2)] == ["wrong", "wait"]


def test_processes_count_together(url: str, few: Throttle, ada: User) -> None:
    other = Store(url)
    elsewhere = Throttle(other, SECRET, passwords=FEW)
    assert [enters(one, "wrong") for one in (few, elsewhere, few, elsewhere)] == ["wrong"] * 3 + ["wait"]
    other.close()


def test_many_at_once_do_not_pass_together(few: Throttle) -> None:
    begin, ends = Barrier(8), list[str]()

    def attempt() -> None:
        begin.wait()
        try:
            few.attempt("ada", at=AT)
            ends.append("counted")
        except TooManyAttempts:
            ends.append("wait")

    threads = [Thread(target=attempt) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(ends) == ["counted"] * 3 + ["wait"] * 5


def test_attempts_at_once_never_wait_for_each_other_in_a_circle(few: Throttle) -> None:
    """Each counts and forgets rows that others count at that moment, expired ones too."""
    failed = list[BaseException]()

    def attempt(start: int) -> None:
        for n in range(start, start + 20):
            one = few.at(f"198.51.100.{n % 3}")
            try:
                one.attempt(f"no.{n % 2}", at=AT + WINDOW * n)
                one.succeeded(f"no.{n % 2}")
            except TooManyAttempts:
                pass
            except Exception as error:
                failed.append(error)

    threads = [Thread(target=attempt, args=(start,)) for start in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []


def test_nothing_that_was_typed_is_kept(few: Throttle, url: str) -> None:
    """A password typed where the name belongs, a name, or an address."""
    enters(few.at(STRANGER), name="my secret password")
    for odd in ("\ud800", "a\0b", ""):
        assert enters(few.at(STRANGER), name=odd) == "wrong"
    kept = str(rows(url, "SELECT * FROM failed_attempts")) + str(rows(url, "SELECT * FROM usual_origins"))
    for typed in ("secret", "password", STRANGER):
        assert typed not in kept
    other = Throttle(few.store, "another secret key, of another service", origin=STRANGER)
    assert other.origin_key not in kept
    assert few.at(STRANGER).origin_key in kept


def test_what_no_longer_counts_is_deleted(few: Throttle, ada: User, url: str) -> None:
    for n in range(5):
        enters(few.at(STRANGER), name=f"no.{n}")
    enters(few.at(OFFICE))
    assert len(rows(url, COUNTS)) > 10
    few.at(OFFICE).attempt("bob", at=AT + USUAL)
    assert len(rows(url, COUNTS)) == 3
    assert rows(url, "SELECT user_id FROM usual_origins") == []


def test_made_up_names_cannot_fill_the_disk(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_attempts, "MOST_COUNTS", 12)
    many = Throttle(store, SECRET)
    for n in range(20):
        before = set(rows(url, COUNTS))
        many.at(f"198.51.100.{n}").attempt(f"no.{n}", at=AT + timedelta(seconds=n))
        after = set(rows(url, COUNTS))
        assert len(after) <= 12
        assert len(after - before) == 3  # the latest stay: name, address, and both together


def test_the_origins_of_one_user_are_few(few: Throttle, ada: User, url: str) -> None:
    for n in range(sign_in_attempts.MOST_ORIGINS + 5):
        enters(few.at(f"192.0.2.{n}"), at=AT + timedelta(minutes=n))
    kept = {origin for (origin,) in rows(url, "SELECT origin FROM usual_origins")}
    assert kept == {few.at(f"192.0.2.{n}").origin_key for n in range(5, sign_in_attempts.MOST_ORIGINS + 5)}


def test_the_bounds() -> None:
    assert Bounds(here=10, origin=50, name=100) == module.PASSWORDS
