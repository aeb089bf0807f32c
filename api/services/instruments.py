"""The instruments of the service."""

from rms.instrument import Instrument, instrument, names


def known_instruments(*, in_use: Instrument) -> tuple[Instrument, ...]:
    """Every instrument that comes with RMS, and the one of the library in use, sorted by name."""
    return tuple(find_instrument(name, in_use=in_use) for name in sorted({*names(), in_use.name}))


def find_instrument(name: str, *, in_use: Instrument) -> Instrument:
    """The instrument of this name. That of the library in use replaces the one that comes with RMS.

    Raises
    ------
    NotFound
        If there is no instrument of this name.
    """
    return in_use if name == in_use.name else instrument(name)
