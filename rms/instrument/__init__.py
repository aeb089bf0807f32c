from rms.instrument.catalogue import instrument, instrument_from, names
from rms.instrument.model import (
    Answer,
    Columns,
    DaysOutcome,
    FlagOutcome,
    Instrument,
    Item,
    Kind,
    Level,
    Need,
    Process,
    Source,
)

__all__ = [
    "Answer",
    "Columns",
    "DaysOutcome",
    "FlagOutcome",
    "Instrument",
    "Item",
    "Kind",
    "Level",
    "Need",
    "Process",
    "Source",
    "instrument",
    "instrument_from",
    "names",
]
