"""After the password comes the code, and until then nothing opens."""

import base64

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config, SecondFactor
from api.services.access.accounts import find_user
from api.services.access.password_changes import change_password, set_password
from api.services.access.passwords import PLAIN_RULES
from api.services.access.second_factor import confirm, enrol, remove_second_factor
from api.services.access.totp import code_of, step_at
from api.web.form_messages import CODE, CODE_AT_SIGN_IN
from tests.api.conftest import PASSWORD, USERNAME, Clock
from tests.api.contexts import context_for
from tests.api.web.pages import errors_at_fields, landing, opened, page, send

SHORT = "kv9-m2xq"
RIGHT = {"username": USERNAME, "password": PASSWORD}


class Phone:
    """An authenticator app, and the paper with the recovery codes."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        application = app.extensions["rms"]
        context, cipher = context_for(application.store, at=clock()), application.cipher
        self.user = find_user(context, USERNAME)
        secret = enrol(context, self.user, rule=SecondFactor.OPTIONAL, cipher=cipher).secret
        self.secret, self.clock = base64.b32decode(secret), clock
        self.paper = confirm(context, self.user, self.code(), throttle=application.sign_ins, cipher=cipher)
        clock.advance(seconds=60)  # the code of the enrolment is used up

    def code(self, aside: int = 0) -> str:
        return code_of(self.secret, step_at(self.clock()) + aside)


@pytest.fixture
def phone(app: Flask, clock: Clock) -> Phone:
    return Phone(app, clock)


def enter_password(client: FlaskClient) -> None:
    entered = send(client, "/login", RIGHT)
    at = client.get(entered.headers["Location"]).headers["Location"]
    assert client.get(at).headers["Location"].startswith("/login/code")


def enter(client: FlaskClient, code: str) -> int:
    return send(client, "/login/code?next=/people", {"code": code}).status_code


def test_nothing_opens_before_the_code(anonymous: FlaskClient, phone: Phone, app: Flask) -> None:
    enter_password(anonymous)
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if getattr(view, "open_to_all", False) or getattr(view, "strangers", False) or rule.arguments:
            continue
        for method in (rule.methods or set()) - {"OPTIONS"}:
            answer = anonymous.open(rule.rule, method=method)
            to_login = answer.status_code == 302 and answer.headers["Location"].startswith("/login")
            assert to_login or answer.status_code == 401, rule.rule
    entered = send(anonymous, "/login/code?next=/people", {"code": phone.code()})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/login?next=/people")
    assert anonymous.get("/login?next=/people").headers["Location"] == "/people"
    assert "/login" not in anonymous.get("/help").headers.get("Location", "")


def test_no_code_opens_twice(app: Flask, phone: Phone) -> None:
    first, second = app.test_client(), app.test_client()
    enter_password(first)
    enter_password(second)
    code = phone.code()
    assert enter(first, code) == 303
    assert enter(second, code) == 401
    assert enter(second, phone.code(aside=-1)) == 401  # nor does one before it
    assert enter(second, phone.code(aside=1)) == 303


def test_the_token_changes_with_the_code(anonymous: FlaskClient, phone: Phone) -> None:
    enter_password(anonymous)
    before = anonymous.get_cookie("rms-session")
    enter(anonymous, phone.code())
    after = anonymous.get_cookie("rms-session")
    assert before and after and before.value != after.value
    anonymous.set_cookie("rms-session", before.value)
    assert anonymous.get("/login/code").headers["Location"] == "/login"


def test_a_recovery_code_once(app: Flask, phone: Phone) -> None:
    for expected in (303, 401):
        client = app.test_client()
        enter_password(client)
        assert enter(client, phone.paper[0].lower().replace("-", " ")) == expected


def test_codes_are_throttled_as_passwords_are(anonymous: FlaskClient, phone: Phone) -> None:
    enter_password(anonymous)
    assert [enter(anonymous, "000000") for _ in range(11)] == [401] * 10 + [429]
    assert enter(anonymous, phone.code()) == 429
    restarted = send(anonymous, "/login/code", {"answer": "begin_again"})
    assert restarted.status_code == 303
    enter_password(anonymous)
    assert enter(anonymous, phone.code()) == 429


def test_a_blank_code_is_named_and_is_no_attempt(anonymous: FlaskClient, phone: Phone) -> None:
    enter_password(anonymous)
    for _ in range(11):
        blank = send(anonymous, "/login/code", {"code": " "})
    assert blank.status_code == 422
    assert errors_at_fields(page(blank.text)) == CODE_AT_SIGN_IN
    assert enter(anonymous, phone.code()) == 303


def test_a_pending_login_ends_after_ten_minutes(anonymous: FlaskClient, phone: Phone, clock: Clock) -> None:
    enter_password(anonymous)
    clock.advance(minutes=10)
    assert anonymous.get("/login/code").headers["Location"] == "/login"


def test_a_short_password_opens_only_the_enrolment(
    anonymous: FlaskClient, phone: Phone, app: Flask, clock: Clock
) -> None:
    store = app.extensions["rms"].store
    context = context_for(store, at=clock(), by=phone.user)
    change_password(
        context,
        SHORT,
        current=PASSWORD,
        keeping=None,
        rule=SecondFactor.OPTIONAL,
        rules=PLAIN_RULES,
        throttle=app.extensions["rms"].sign_ins,
    )
    remove_second_factor(context, USERNAME)
    send(anonymous, "/login", {**RIGHT, "password": SHORT})
    assert anonymous.get("/login/code").headers["Location"].startswith("/login/enrol")
    set_password(context, USERNAME, "another good passphrase", rules=PLAIN_RULES)
    assert anonymous.get("/login/enrol").headers["Location"] == "/login"


class TestRequired:
    @pytest.fixture
    def config(self, config: Config) -> Config:
        return Config(**{**vars(config), "second_factor": SecondFactor.REQUIRED})

    def test_enrolled_at_the_login(self, anonymous: FlaskClient, clock: Clock) -> None:
        send(anonymous, "/login", RIGHT)
        assert anonymous.get("/login/code").headers["Location"].startswith("/login/enrol")
        shown = send(anonymous, "/login/enrol?next=/people")
        secret = base64.b32decode(page(shown.text).first(id="secret").text.replace(" ", ""))
        form = opened(anonymous, "/login/enrol")
        token = form.first("main").first("input", name="csrf_token").attributes["value"]
        wrong = anonymous.post("/login/enrol", data={"csrf_token": token, "code": "000000"})
        assert wrong.status_code == 422
        blank = anonymous.post("/login/enrol", data={"csrf_token": token, "code": ""})
        assert errors_at_fields(page(blank.text)) == CODE
        code = {"csrf_token": token, "code": code_of(secret, step_at(clock())), "next": "/people"}
        done = anonymous.post("/login/enrol", data=code)
        assert done.status_code == 200 and done.text.count("<li><code>") == 10
        assert anonymous.get("/login?next=/people").headers["Location"] == "/people"


class TestOff:
    @pytest.fixture
    def config(self, config: Config) -> Config:
        return Config(**{**vars(config), "second_factor": SecondFactor.OFF})

    def test_no_code_is_asked_for(self, anonymous: FlaskClient, phone: Phone) -> None:
        send(anonymous, "/login", RIGHT)
        assert anonymous.get("/login").headers["Location"] == landing(anonymous)
