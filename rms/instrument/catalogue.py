"""The instruments that come with RMS, and instruments from the text of their files."""

import tomllib
from functools import cache
from importlib.resources import files

from rms.errors import InstrumentInvalid, NotFound, ProtectedAttribute
from rms.instrument.model import Instrument
from rms.instrument.parsing import instrument_of
from rms.instrument.rules import PROTECTED_ATTRIBUTE, broken_rules


@cache
def names() -> tuple[str, ...]:
    """The instruments shipped with RMS, by name."""
    return tuple(
        sorted(entry.name[:-5] for entry in files(__package__).iterdir() if entry.name.endswith(".toml"))
    )


@cache
def instrument(name: str) -> Instrument:
    """The shipped instrument of that name.

    Raises
    ------
    NotFound
        If there is none of that name; the message lists the names.
    """
    if name not in names():
        raise NotFound(f"There is no instrument {name!r}. Choose one of: {', '.join(names())}.")
    return instrument_from(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def instrument_from(text: str) -> Instrument:
    """An instrument from the text of its TOML file, as a library or an assessment keeps it.

    Raises
    ------
    InstrumentInvalid
        If the text is not TOML, is incomplete, or contradicts itself.
    ProtectedAttribute
        If an item names a protected attribute in its code, label or column.
    """
    try:
        built = instrument_of(tomllib.loads(text), text=text)
        problem = next(broken_rules(built), None)
    except (tomllib.TOMLDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InstrumentInvalid(f"The instrument cannot be read: {error!r}.") from error
    if problem:
        refused = ProtectedAttribute if problem.code == PROTECTED_ATTRIBUTE else InstrumentInvalid
        raise refused(f"Instrument {built.name}: {problem.detail}.")
    return built.in_order_of_form()
