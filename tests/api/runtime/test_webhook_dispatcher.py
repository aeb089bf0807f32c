"""The thread that delivers: by itself, for as long as it lives, whatever goes wrong."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from api.runtime import webhook_dispatcher as module
from api.runtime.webhook_dispatcher import start_dispatcher
from api.services.access.accounts import create_user
from api.services.systems.webhook_transport import WebhookTransport
from api.services.systems.webhooks import Outgoing, add_test, add_webhook
from api.services.users import Role
from tests.api.conftest import PASSWORD, Clock
from tests.api.contexts import context_for
from tests.receiver import receiving


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
