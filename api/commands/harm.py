"""Harm scores on the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from tqdm import tqdm

from api.config import database_url, harm_folder, setting
from api.services.context import Context
from api.services.harm.explaining import Explanation, explain_score, person_of
from api.services.harm.refreshing import refresh_scores, set_cuts
from api.services.harm.rules import HarmRules, harm_rules
from api.storage import Store
from rms.harm.settings import COMPONENTS
from rms.reports.harm_words import OWN_FORMULA

BY = "command line"
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def harm() -> None:
    """Calculate and explain harm scores.

    The formula is our own: see docs/harm.md.
    """


@harm.command()
@click.option("--as-at", "as_at", type=DAY, help="The day that the scores are for. The default is today.")
@click.option("--everybody", is_flag=True, help="Also people whose records have not changed.")
@click.option("--by", default=BY, show_default=True, help="Who does it, for the audit log.")
def refresh(as_at: datetime | None, everybody: bool, by: str) -> None:
    """Calculate the harm scores as at a day.

    For a new day, everybody's. Again for the same day, only those of people whose records have changed. If it
    is stopped, run it again: it goes on where it stopped.
    """
    with opened(by) as (context, rules), tqdm(disable=None, leave=False, unit=" people") as bar:
        refreshed = refresh_scores(
            context,
            day=as_at.date() if as_at else context.today,
            rules=rules,
            everybody=everybody,
            on_block=lambda scored: bar.update(scored - bar.n) and None,
        )
    whose = "everybody" if refreshed.everybody else "people whose records have changed"
    click.echo(f"As at {refreshed.day}, {whose}: {refreshed.scored:,} people have a score. {rules.name}.")


@harm.command()
@click.argument("number", required=False)
@click.option("--source", help="The source system, instead of an offender number.")
@click.option("--id", "source_id", help="The ID of the person in the source system.")
@click.option("--as-at", "as_at", type=DAY, help="The day. The default is that of the last calculation.")
@click.option("--by", default=BY, show_default=True, help="Who looks, for the audit log.")
def explain(
    number: str | None, source: str | None, source_id: str | None, as_at: datetime | None, by: str
) -> None:
    """Print the parts of the harm score of a person.

    NUMBER is their offender number. The part of each offence, marker and report is in points of the score.
    They add to it.
    """
    if (number is None) == (source is None or source_id is None):
        raise click.UsageError("Give an offender number, or --source and --id.")
    with opened(by) as (context, rules):
        person = person_of(context, number=number, source=source, source_id=source_id)
        explanation = explain_score(context, person, rules=rules, day=as_at.date() if as_at else None)
    for line in _lines(explanation):
        click.echo(line)


@harm.command()
@click.option("--reason", required=True, help="Why the bands are set again, for the record.")
@click.option("--by", default=BY, show_default=True, help="Who sets them, for the audit log.")
def rebase(reason: str, by: str) -> None:
    """Set the cuts of the bands from the last scores.

    Until then the bands keep the cuts of their reference date, so that a move between bands means something.
    """
    with opened(by) as (context, rules):
        moved = set_cuts(context, rules=rules, reason=reason)
    click.echo(f"The bands have new cuts. {moved:,} people are in another band.")


@contextmanager
def opened(by: str) -> Iterator[tuple[Context, HarmRules]]:
    """The database, and the rules of the harm score in use."""
    rules = harm_rules(harm_folder(os.environ))
    store = Store(database_url(os.environ))
    try:
        store.check()
        yield Context(store, datetime.now(UTC), by, zone=setting(os.environ, "time_zone")), rules
    finally:
        store.close()


def _lines(explanation: Explanation) -> Iterator[str]:
    yield f"Harm score as at {explanation.day}, {explanation.rules.name}. {OWN_FORMULA}"
    score = explanation.score
    if score is None:
        yield "No score: no offence counts."
    else:
        band = f", band {explanation.band}" if explanation.band else ""
        yield f"Score {score.shown} ({score.score!r}){band}"
        for name in COMPONENTS:
            weight = explanation.rules.settings.weights[name]
            yield f"  {name}: {getattr(score, name)!r} × {weight}"
    for part in explanation.offences:
        one = part.offence
        days = "unknown code, 0 days" if part.days is None else f"{part.days:g} days"
        counts = f"{part.total!r} points" if part.counts else "does not count"
        yield f"{one.committed_on} {one.code} {part.group or ''} ({days}): {counts}"
    for marker in explanation.markers:
        yield f"{marker.marker.first_day} marker {marker.marker.kind}: {marker.points!r} points"
    for report in explanation.reports:
        yield f"{report.report.reported_on} report grade {report.report.grade}: {report.points!r} points"
    if explanation.suspected is not None:
        yield f"Suspected offences, which never count: {explanation.suspected}"
