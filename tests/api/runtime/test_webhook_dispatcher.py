"""The threads that deliver: by themselves, whatever goes wrong, and each account in its turn."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from api.runtime import webhook_dispatcher as module
from api.runtime.webhook_dispatcher import Dispatcher, start_dispatcher
from api.services.access.accounts import create_user
from api.services.context import Context
from api.services.systems import webhook_transport
from api.services.systems.deliveries import AT_ONCE, DeliveryTurns
from api.services.systems.webhook_transport import WebhookTransport
from api.services.systems.webhooks import MOST_WEBHOOKS, Outgoing, add_test, add_webhook, deliveries_of
from api.services.users import Role, User
from api.storage import Store, Webhook
from tests.api.conftest import PASSWORD, SECRET, START, Clock
from tests.api.contexts import context_for
from tests.receiver import receiving

OUTGOING = Outgoing(SECRET, WebhookTransport(insecure=True))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = Store(request.getfixturevalue(f"{request.param}_url"))
    yield store
    store.close()


def system(store: Store, name: str) -> User:
    return create_user(context_for(store, at=START, by="test"), name, PASSWORD, role=Role.SERVICE_ACCOUNT)


def hooked(store: Store, user: User, url: str, *, events: int, after: float = 0) -> Webhook:
    """A webhook of the account, with so many events, `after` so many seconds."""
    context = context_for(store, at=START + timedelta(seconds=after), by=user)
    hook = add_webhook(context, url, outgoing=OUTGOING)
    for _ in range(events):
        add_test(context, hook.id)
    return hook


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_it_delivers_and_lives_on(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "LOOKS_EVERY", 0.01)
    application, asked = app.extensions["rms"], []

    def broken_at_first(host: str, port: int) -> list[str]:
        asked.append(host)
        if len(asked) == 2:  # the first is the registration
            raise RuntimeError("never foreseen")
        return ["127.0.0.1"]

    outgoing = Outgoing(application.outgoing.key, WebhookTransport(insecure=True, resolve=broken_at_first))
    app.extensions["rms"] = replace(application, outgoing=outgoing)
    store, at = application.store, clock()
    user = create_user(context_for(store, at=at, by="test"), "courts", PASSWORD, role=Role.SERVICE_ACCOUNT)
    with receiving() as receiver:
        hook = add_webhook(context_for(store, at=at, by=user), receiver.url, outgoing=outgoing)
        add_test(context_for(store, at=at, by=user), hook.id)
        thread = start_dispatcher(app)
        until(lambda: len(asked) == 2)
        clock.advance(minutes=6)
        until(lambda: receiver.got)
        thread.stop()
        assert not thread.is_alive()
    told = capfd.readouterr().err
    assert "delivering_failed" in told and "RuntimeError" in told and "never foreseen" not in told


def test_slow_receivers_of_an_account_delay_no_other_account(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account has ten receivers that never answer, and its events were there first."""
    monkeypatch.setattr(module, "LOOKS_EVERY", 0.01)
    monkeypatch.setattr(webhook_transport, "SECONDS", 60.0)
    slow, quick = system(store, "slow"), system(store, "quick")
    with receiving() as stuck, receiving() as prompt:
        stuck.answering.clear()
        hooks = [hooked(store, slow, stuck.url, events=3) for _ in range(MOST_WEBHOOKS)]
        hook = hooked(store, quick, prompt.url, events=20)
        dispatcher = Dispatcher(store=store, outgoing=OUTGOING, clock=clock)
        dispatcher.start()
        until(lambda: len(prompt.got) == 20 and stuck.got)
        assert len(stuck.got) == 1, "the first is not answered yet"
        stuck.answering.set()
        until(lambda: len(stuck.got) == 30)
        dispatcher.stop()
    assert (stuck.most_at_once, prompt.most_at_once) == (1, 1)
    for owner, mine in ((slow, hooks), (quick, [hook])):
        context = context_for(store, at=START, by=owner)
        events = [one for each in mine for one in deliveries_of(context, each.id)]
        assert {(one.status, one.attempts) for one in events} == {(200, 1)}


def test_no_more_deliveries_at_once_than_allowed(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More accounts have receivers that do not answer than there can be deliveries at once."""
    monkeypatch.setattr(module, "LOOKS_EVERY", 0.01)
    monkeypatch.setattr(webhook_transport, "SECONDS", 60.0)
    with receiving() as stuck:
        stuck.answering.clear()
        for number in range(AT_ONCE + 1):
            hooked(store, system(store, f"system-{number}"), stuck.url, events=2)
        dispatcher = Dispatcher(store=store, outgoing=OUTGOING, clock=clock)
        dispatcher.start()
        until(lambda: len(stuck.got) == AT_ONCE)
        time.sleep(0.2)
        assert len(stuck.got) == AT_ONCE
        stuck.answering.set()
        until(lambda: len(stuck.got) == 2 * (AT_ONCE + 1))
        dispatcher.stop()
    assert stuck.most_at_once == AT_ONCE


def test_turns(store: Store) -> None:
    """Accounts take turns, and then the webhooks of an account; a webhook's events go oldest first."""
    a, b = system(store, "a"), system(store, "b")
    hooks = {
        hooked(store, user, f"http://localhost:9/{name}", events=events, after=after).id: name
        for name, user, events, after in (("a1", a, 3, 0), ("a2", a, 2, 1), ("b1", b, 2, 2))
    }
    context, turns = Context(store, START + timedelta(seconds=2)), DeliveryTurns()
    order = []
    while claimed := turns.claim_next(context):
        order.append(hooks[claimed.webhook])
        turns.ended(claimed)
    assert order == ["a1", "b1", "a2", "b1", "a1", "a2", "a1"]
