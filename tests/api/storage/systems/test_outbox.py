"""Every event is in the outbox with its assessment, and is claimed by one at a time."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from api.storage import Delivery, Store, Transaction, Webhook
from api.storage.systems.outbox import KEPT, LEASE
from tests.api.rows import rows
from tests.api.storage.examples import AT, add_user, assessment, result

SECOND = timedelta(seconds=1)


def listening(store: Store, name: str = "ada", **changes: object) -> Webhook:
    """A webhook of a user of that name."""
    owner = add_user(store, name).id
    given = {"secret_number": 1, "active": True, "created_at": AT, **changes}
    webhook = Webhook(f"hook-{name}", owner, "https://hooks.example", **given)  # type: ignore[arg-type]
    with store.transaction() as tx:
        tx.webhooks.add(webhook, by=name)
    return webhook


def submit(store: Store, number: str = "10000", *, by: str = "ada") -> None:
    form = assessment(number)
    with store.transaction() as tx:
        tx.submissions.add(form, result(form), by=by, at=AT)


def claimed(store: Store, *, most: int = 100, after: timedelta = SECOND) -> tuple[Delivery, ...]:
    """Up to `most` events, of one webhook after the other."""
    found: list[Delivery] = []
    with store.transaction() as tx:
        while len(found) < most and (claim := next_claim(tx, at=AT + after)) is not None:
            found.append(claim)
    return tuple(found)


def next_claim(tx: Transaction, *, at: datetime) -> Delivery | None:
    claims = (tx.outbox.claim(one.webhook, at=at) for one in tx.outbox.due(at=at))
    return next(filter(None, claims), None)


def test_only_who_may_see_it_is_told(store: Store) -> None:
    listening(store)
    listening(store, "bob")
    listening(store, "eve", active=False)
    for by in ("ada", "eve", "somebody"):
        submit(store, by=by)
    (one,) = claimed(store)
    assert (one.webhook, one.url) == ("hook-ada", "https://hooks.example")
    assert one.simulated is not None
    assert (one.simulated.id, one.simulated.submitted_at) == ("10000", AT)


def test_one_event_for_all_webhooks_of_an_account(store: Store) -> None:
    webhook = listening(store)
    with store.transaction() as tx:
        tx.webhooks.add(Webhook(**{**vars(webhook), "id": "second"}), by="ada")
    submit(store)
    submit(store)
    found = claimed(store)
    assert len({one.event for one in found}) == 2
    assert len({(one.event, one.webhook) for one in found}) == 4


def test_with_the_submission_or_not_at_all(store: Store) -> None:
    listening(store)
    form = assessment()
    try:
        with store.transaction() as tx:
            tx.submissions.add(form, result(form), by="ada", at=AT)
            raise InterruptedError
    except InterruptedError:
        pass
    assert claimed(store) == ()


def test_claimed_by_one_until_the_lease_is_over(url: str, store: Store) -> None:
    """Two processes, of which the first is killed with what it has claimed."""
    listening(store)
    for _ in range(3):
        submit(store)
    other = Store(url)
    assert len(claimed(store, most=2)) == 2
    store.close()
    (left,) = claimed(other)
    with other.transaction() as tx:
        tx.outbox.arrived(left, status=200, at=AT)
    assert claimed(other, after=LEASE) == ()
    assert len(claimed(other, after=LEASE + SECOND)) == 2
    other.close()


def test_many_claim_at_a_time(url: str, store: Store) -> None:
    listening(store)
    for _ in range(60):
        submit(store)
    stores = [store, Store(url), Store(url)]

    def taken(number: int) -> list[int]:
        return [one.id for one in claimed(stores[number % 3], most=7)]

    with ThreadPoolExecutor(6) as pool:
        found = [id for ids in pool.map(taken, range(30)) for id in ids]
    assert len(found) == len(set(found)) == 60
    for one in stores[1:]:
        one.close()


def test_not_due_while_the_receiver_is_quiet_or_the_owner_locked_out(store: Store) -> None:
    webhook = listening(store)
    submit(store)
    with store.transaction() as tx:
        tx.webhooks.fails(webhook.id, since=AT, quiet_until=AT + 9 * SECOND)
        assert not tx.outbox.due(at=AT + 8 * SECOND)
        assert tx.outbox.due(at=AT + 9 * SECOND)
        owner = tx.accounts.user("ada")
        assert owner is not None
        tx.accounts.change_user(owner, role=owner.role, office=owner.office, active=False, by="test", at=AT)
        assert not tx.outbox.due(at=AT + 9 * SECOND)


def test_what_goes_with_what(store: Store) -> None:
    webhook = listening(store)
    submit(store)
    (one,) = claimed(store)
    with store.transaction() as tx:
        tx.outbox.arrived(one, status=204, at=AT)
        tx.outbox.failed(one, problem="late", status=None, again_at=AT)  # by a process whose lease was over
        (kept,) = tx.outbox.of(webhook.id, most=10)
        assert (kept.status, kept.problem, kept.due_at, kept.delivered_at) == (204, None, None, AT)
        tx.outbox.delete_old(at=AT + KEPT - SECOND)
        assert len(tx.outbox.of(webhook.id, most=10)) == 1
        tx.outbox.delete_old(at=AT + KEPT)
        assert tx.outbox.of(webhook.id, most=10) == ()
        tx.outbox.add_test(webhook.id, at=AT)
        tx.webhooks.remove(webhook.id, by="ada", at=AT)
        assert tx.outbox.of(webhook.id, most=10) == ()


def test_due_is_each_webhook_once_the_longest_due_first_and_claimed_oldest_first(store: Store) -> None:
    ada, bob = listening(store), listening(store, "bob")
    with store.transaction() as tx:
        for hook, seconds in ((ada, 3), (bob, 1), (ada, 2), (ada, 2), (bob, 5)):
            tx.outbox.add_test(hook.id, at=AT + seconds * SECOND)
        assert [one.webhook for one in tx.outbox.due(at=AT)] == []
        assert [one.webhook for one in tx.outbox.due(at=AT + SECOND)] == [bob.id]
        due = tx.outbox.due(at=AT + 4 * SECOND)
        assert [(one.webhook, one.owner) for one in due] == [(bob.id, bob.owner), (ada.id, ada.owner)]
        claims = [tx.outbox.claim(ada.id, at=AT + 4 * SECOND) for _ in range(4)]
        assert [one and one.id for one in claims] == [3, 4, 1, None]
        assert [one.webhook for one in tx.outbox.due(at=AT + 4 * SECOND)] == [bob.id]


def test_killed_after_a_commit_every_event_is_there(url: str, store: Store) -> None:
    listening(store)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.api.storage.submitting_process", url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(40)]
    process.kill()
    process.stdout.close()
    process.wait()
    stored = {id for (id,) in rows(url, "SELECT id FROM assessments")}
    found = {one.simulated.id for one in claimed(store, most=100_000) if one.simulated}
    assert set(acknowledged) <= stored == found
