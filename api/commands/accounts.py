"""Users and keys on the command line, for example to add the first administrator."""

import os
from datetime import UTC, datetime, timedelta

import click

from api.commands.records import BY
from api.config import database_url, setting
from api.services.access.accounts import change_user, create_api_key, create_user
from api.services.access.password_changes import set_password
from api.services.access.passwords import PasswordRules, words_in
from api.services.context import Context, context_of
from api.services.user_holdings import StillHeld, still_held
from api.services.users import Role, User
from api.storage import Store

NO_ACCOUNT = 0  # the key of no user


@click.group()
def user() -> None:
    """Users who can sign in."""


@user.command("add")
@click.argument("username")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True)
@click.option("--office", help="Name of the office; the agency itself, if not given.")
@click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if not given."
)
def add_user(username: str, role: str, office: str | None, password: str) -> None:
    """Add a user; a password has 15 characters or more."""
    rules = PasswordRules(words_in(setting(os.environ, "password_words")))
    store = Store(database_url(os.environ))
    try:
        store.check()
        create_user(
            Context(store, datetime.now(UTC), BY),
            username,
            password,
            role=Role(role),
            office=office,
            rules=rules,
        )
    finally:
        store.close()
    click.echo(f"{username} can sign in.")


@user.command("password")
@click.argument("username")
@click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if not given."
)
def replace_password(username: str, password: str) -> None:
    """Set a new password for a user, and sign them out."""
    rules = PasswordRules(words_in(setting(os.environ, "password_words")))
    store = Store(database_url(os.environ))
    try:
        store.check()
        set_password(Context(store, datetime.now(UTC), BY), username, password, rules=rules)
    finally:
        store.close()
    click.echo(f"{username} has a new password.")


@user.command("change")
@click.argument("username")
@click.option("--role", type=click.Choice([str(role) for role in Role]), help="Another role.")
@click.option("--office", help="Name of another office.")
@click.option("--active/--locked-out", default=None, help="Unlock, or lock out and sign out.")
def change(username: str, role: str | None, office: str | None, active: bool | None) -> None:
    """Change the role, office or access of a user.

    Prints what they still have. It stays until it is ended.
    """
    store = Store(database_url(os.environ))
    try:
        store.check()
        context = context_of(User(NO_ACCOUNT, BY, Role.ADMINISTRATOR), store=store, at=datetime.now(UTC))
        change_user(
            context,
            username,
            role=None if role is None else Role(role),
            office=office,
            active=active,
        )
        held = still_held(context, username)
    finally:
        store.close()
    click.echo(f"{username} is changed.")
    _say(held)


@user.command("holds")
@click.argument("username")
def holds(username: str) -> None:
    """Print what a user still has.

    How many people of which office, how many drafts, jobs and files.
    """
    store = Store(database_url(os.environ))
    try:
        store.check()
        held = still_held(Context(store, datetime.now(UTC), BY), username)
    finally:
        store.close()
    _say(held)


def _say(held: StillHeld) -> None:
    for office, people in held.people:
        click.echo(f"On their caseload, of {office}: {people}")
    click.echo(f"Drafts: {held.drafts}")
    click.echo(f"Jobs that are open or have a file: {held.jobs}")


@click.group()
def key() -> None:
    """Keys for other systems."""


@key.command("add")
@click.argument("username")
@click.option("--name", required=True, help="What the key is for.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How many days it is valid."
)
def add_key(username: str, name: str, days: int) -> None:
    """Print a new key that acts as this user. It is shown once."""
    now = datetime.now(UTC)
    store = Store(database_url(os.environ))
    try:
        store.check()
        made = create_api_key(
            Context(store, now, BY), username, name=name, expires_at=now + timedelta(days=days)
        )
    finally:
        store.close()
    click.echo(made)
