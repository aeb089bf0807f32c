"""Instruments as the service knows them."""

from rms.instrument import Instrument, instrument, names


def known_instruments(*, in_use: Instrument) -> tuple[Instrument, ...]:
    """Every instrument that is shipped, and the one of the library in use, by name."""
    return tuple(find_instrument(name, in_use=in_use) for name in sorted({*names(), in_use.name}))


def find_instrument(name: str, *, in_use: Instrument) -> Instrument:
    """The one the library in use was built with goes before the shipped one of the same name.

    Raises
    ------
    NotFound
        If there is no instrument of that name.
    """
    return in_use if name == in_use.name else instrument(name)
