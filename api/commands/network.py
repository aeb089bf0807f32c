"""The network of associations on the command line."""

import os
from datetime import UTC, datetime

import click
from tqdm import tqdm

from api.config import database_url, setting
from api.services.context import Context
from api.services.network.refreshing import SAMPLE, refresh_network
from api.storage import NetworkRefresh, Store
from rms.reports.network_words import bound

BY = "command line"
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def network() -> None:
    """Calculate how central people are in the network.

    docs/network.md says what the figures mean.
    """


@network.command()
@click.option("--as-at", "as_at", type=DAY, help="The day of the associations. The default is today.")
@click.option(
    "--sample",
    type=int,
    default=SAMPLE,
    show_default=True,
    help="From how many people of each group paths are counted. More take longer, with a smaller error.",
)
@click.option("--by", default=BY, show_default=True, help="Who does it, for the audit log.")
def refresh(as_at: datetime | None, sample: int, by: str) -> None:
    """Calculate the network of a day.

    It is that of everybody with an association in force.

    The figures of other days stay. If it is stopped, run it again: nobody sees figures of a day before all of
    them are stored.
    """
    store = Store(database_url(os.environ))
    try:
        store.check()
        context = Context(store, datetime.now(UTC), by, zone=setting(os.environ, "time_zone"))
        day = as_at.date() if as_at else context.today
        with tqdm(disable=None, leave=False, unit=" people") as bar:
            refreshed = refresh_network(
                context, day=day, sample=sample, on_block=lambda stored: bar.update(stored - bar.n) and None
            )
    finally:
        store.close()
    click.echo(_summary(refreshed))


def _summary(refreshed: NetworkRefresh) -> str:
    counted = "Betweenness is exact."
    if not refreshed.is_exact:
        counted = (
            f"Betweenness is exact in groups of up to {refreshed.sample:,} people. In larger ones none is "
            f"off by more than {bound(refreshed.error)}, with {refreshed.confidence:.0%} confidence."
        )
    return (
        f"As at {refreshed.day}: {refreshed.people:,} people with {refreshed.links:,} links in "
        f"{refreshed.groups:,} groups, of which the largest has {refreshed.largest_group:,} people. {counted}"
    )
