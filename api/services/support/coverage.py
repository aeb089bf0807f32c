"""Which source systems RMS has data of, as at which day and how many, and which kinds of records it lacks."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from api.services.context import Context
from api.storage import Source, SourceRecords
from rms.records.layout import LAYOUT


@dataclass(frozen=True)
class CoveredSource:
    """A source system, and what its imports have added, by kind of record in the order of the layout."""

    source: Source
    kinds: tuple[SourceRecords, ...]


@dataclass(frozen=True)
class CoverageShown:
    """`missing`: the kinds of records that no source has sent."""

    sources: tuple[CoveredSource, ...]
    missing: tuple[str, ...]


def coverage(context: Context) -> CoverageShown:
    """It counts the whole agency and names nobody."""
    with context.store.reading() as tx:
        sources, counted = tx.records.sources(), tx.coverage.by_source()
    order = list(LAYOUT)
    by_name = {
        name: tuple(sorted((one for one in kinds if one.added), key=lambda one: order.index(one.kind)))
        for name, kinds in groupby(counted, key=lambda one: one.source)
    }
    sent = {one.kind for one in counted if one.added}
    return CoverageShown(tuple(_covered(sources, by_name)), tuple(kind for kind in order if kind not in sent))


def _covered(
    sources: tuple[Source, ...], by_name: dict[str, tuple[SourceRecords, ...]]
) -> Iterator[CoveredSource]:
    for source in sources:
        yield CoveredSource(source, by_name.get(source.name, ()))
