"""Serve RMS or its demonstration, and print the description of the API."""

import json
import os
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from api.app import description
from api.commands.progress import announced_steps, counted
from api.config import Config, address_and_port, from_environment
from api.demonstration.demo import Demo, prepare
from api.runtime.library_checks import AT_START
from api.services.access.passwords import words_in
from api.services.context import Context
from api.services.database_identity import refuse_another
from api.services.governance.erased_records import changed_key
from api.services.libraries import decisions, settle
from api.services.libraries_in_use import folder_of, hand_on, in_force
from api.storage import KeptHead, Store
from reference_library import library_folder
from rms.errors import ConfigurationInvalid, LibraryDamaged

GUNICORN = ("-m", "gunicorn", "-c", "python:api.runtime.gunicorn_settings", "api.runtime.wsgi:app()")


@click.command()
@click.option("--bind", help="Address and port, instead of RMS_BIND.")
def serve(bind: str | None) -> None:
    """Serve RMS, with settings from the environment.

    docs/operations.md lists the settings.
    """
    if bind:
        os.environ["RMS_BIND"] = bind
    _check_settings(os.environ)
    _become_server()


@click.command()
def openapi() -> None:
    """Print the description of the API (OpenAPI 3.1)."""
    click.echo(json.dumps(description(), indent=1, ensure_ascii=False))


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".data"),
    show_default=True,
    help="Folder of the demonstration.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port to listen on."
)
def demo(data: Path, host: str, port: int) -> None:
    """Serve a demonstration with fictional people.

    The first start creates a synthetic library, a caseload of 300 fictional people and the records of a
    fictional police force. Later starts use
    them again. The file demo.json in the folder has the passwords and the API key.
    """
    require_free(f"{host}:{port}")
    prepared = prepare(
        data.absolute(),
        address=f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}",
        steps=announced_steps,
        counted=counted,
    )
    _introduce(prepared)
    os.environ.update(prepared.environment, RMS_BIND=f"{host}:{port}")
    _become_server()


def _check_settings(env: Mapping[str, str]) -> None:
    """Refuse with a sentence and an exit code what would otherwise fail in every worker.

    A damaged library is not refused: stored assessments can be read without it.
    """
    config = from_environment(env)
    words_in(config.password_words)
    require_free(config.bind)
    if config.metrics_bind:
        require_free(config.metrics_bind, variable="RMS_METRICS_BIND")
    refuse_another(config.database, KeptHead(config.data))
    store = Store(config.database)
    try:
        store.check()
        if warning := changed_key(Context(store, datetime.now(UTC), AT_START), config.secret_key):
            click.echo(f"rms: {warning}", err=True)
        if not _folders(config, store):
            library_folder(config.library)
    finally:
        store.close()


def require_free(bind: str, *, variable: str = "RMS_BIND") -> None:
    """
    Raises
    ------
    ConfigurationInvalid
        If `bind` is not an address and port, or another program listens there.
    """
    host, port = address_and_port(variable, bind)
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            attempt.bind((host, port))
        except OSError as error:
            raise ConfigurationInvalid(
                f"RMS cannot listen on {bind}: {error.strerror}. Choose another port."
            ) from error


def _introduce(prepared: Demo) -> None:
    click.echo(f"RMS demonstration at {prepared.address}\n")
    for user in prepared.users:
        click.echo(f"  {user['role']:<16} {user['username']:<18} {user['password']}")
    click.echo(f"\n  API key          {prepared.api_key}")
    click.echo("\nAll people in the library and the caseload are fictional. Press Ctrl-C to stop.\n")


def _become_server() -> None:
    """Replace this process by gunicorn, so that it receives signals directly.

    What RMS_LIBRARY decides is put on record first: the record says which libraries are served.
    """
    config = from_environment(os.environ)
    store = Store(config.database)
    try:
        settle(Context(store, datetime.now(UTC), AT_START), config.library)
        os.environ.update(hand_on(_folders(config, store) or [library_folder(config.library)]))
    except (LibraryDamaged, OSError) as error:
        click.echo(f"rms: {error} RMS starts, but cannot calculate scores.", err=True)
    finally:
        store.close()
    sys.stdout.flush()
    os.execv(sys.executable, (sys.executable, *GUNICORN))


def _folders(config: Config, store: Store) -> list[Path]:
    """The folders of the libraries in use by the record."""
    on_record = decisions(Context(store, datetime.now(UTC)))
    return [folder_of(use, config.library) for use in in_force(on_record)]
