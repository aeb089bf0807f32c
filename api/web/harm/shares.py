"""The page *Shares of each band*: how many people are in each band, over time. It names nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import render_template

from api.auth import allow_roles
from api.auth.roles import BAND_SHARES
from api.context import request_context
from api.services.harm.shares import BandsOverTime, bands_over_time
from api.storage import BandCounts
from api.web.blueprint import blueprint
from api.web.formatting import inline
from rms.harm.settings import BANDS
from rms.harm.shares import BandShare
from rms.reports import harm_words, wording
from rms.reports.drawing import as_svg
from rms.reports.harm_chart import shares_over_time_plot
from rms.reports.harm_words import OWN_FORMULA

FIRST_SHOWN = 12  # days in the table; the others are under a heading that opens


@dataclass(frozen=True)
class ShownBand:
    """A band then and now, in words."""

    band: str
    before: str
    now: str
    interval: str
    finding: str


@dataclass(frozen=True)
class ShownDay:
    day: date
    people: int
    shares: Sequence[tuple[str, str, str]]  # band, share, people


@blueprint.get("/harm/shares")
@allow_roles(BAND_SHARES)
def band_shares() -> str:
    found = bands_over_time(request_context())
    days = [] if found is None else [_day(one) for one in reversed(found.days)]
    return render_template(
        "harm/shares.html",
        found=found,
        bands=BANDS[::-1],
        compared=[_band(one) for one in reversed(found.comparison.bands)] if found else (),
        days=days[:FIRST_SHOWN],
        earlier=days[FIRST_SHOWN:],
        picture=_picture(found) if found and len(found.days) > 1 else "",
        description=_description(found) if found else "",
        words=harm_words,
        own_formula=OWN_FORMULA,
    )


def _band(one: BandShare) -> ShownBand:
    low, high = one.interval
    return ShownBand(
        one.band,
        _share(one.people_before, one.before),
        _share(one.people, one.now),
        f"{low:.1%} to {high:.1%}" if one.now is not None else wording.NO_VALUE,
        harm_words.BAND_FINDINGS[one.finding],
    )


def _share(people: int, share: float | None) -> str:
    return wording.NO_VALUE if share is None else f"{share:.1%} ({people:,})"


def _day(counts: BandCounts) -> ShownDay:
    shares = _shares(counts)
    return ShownDay(
        counts.day,
        sum(counts.people),
        [
            (band, f"{share:.1%}", f"{people:,}")
            for band, share, people in zip(BANDS[::-1], shares[::-1], counts.people[::-1], strict=True)
        ],
    )


def _shares(counts: BandCounts) -> list[float]:
    whole = sum(counts.people)
    return [people / whole if whole else 0.0 for people in counts.people]


def _picture(found: BandsOverTime) -> str:
    drawing = shares_over_time_plot([(one.day, _shares(one)) for one in found.days], _shares(found.reference))
    return inline(as_svg(drawing, title="Share of each band over time", description=_description(found)))


def _description(found: BandsOverTime) -> str:
    said = "; ".join(
        f"{one.band}: {_share(one.people_before, one.before)} then, {_share(one.people, one.now)} now"
        for one in found.comparison.bands
    )
    return f"{said}."
