"""The needs to find and to export assessments by: those of the instruments in use, in their own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rms.engine.filter import whole_percent
from rms.instrument import Instrument, instrument, names

Labels = Mapping[str, str]  # code of a need → its label
Scale = tuple[tuple[int | str, int | None], ...]  # the value of each level, and its whole percent


def labels_of(form: Instrument) -> Labels:
    return {need.code: need.label for need in form.needs}


# Those that come with RMS can always be requested: earlier assessments may have them.
PACKAGED: Labels = {code: label for name in names() for code, label in labels_of(instrument(name)).items()}


@dataclass(frozen=True)
class OfferedNeed:
    """A need of one or more instruments in use. `scales` are the different scales that it is rated on."""

    code: str
    label: str
    scales: tuple[Scale, ...]

    @property
    def name(self) -> str:
        """Its part of the name of a field: `home` in `need.home.min`."""
        return self.code.lower()


def offered_needs(instruments: Iterable[Instrument]) -> tuple[OfferedNeed, ...]:
    """The needs of these instruments, in their order. Different labels of the same code are all named."""
    labels: dict[str, dict[str, list[str]]] = {}
    scales: dict[str, dict[Scale, None]] = {}
    for form in instruments:
        for need in form.needs:
            labels.setdefault(need.code, {}).setdefault(need.label, []).append(form.name)
            scales.setdefault(need.code, {})[_scale(form, need.item)] = None
    return tuple(OfferedNeed(code, _label(of_code), tuple(scales[code])) for code, of_code in labels.items())


def accepted_needs(offered: Iterable[OfferedNeed]) -> Labels:
    """Every need that can be requested: those of the instruments in use, and those that come with RMS."""
    in_use = {need.code: need.label for need in offered}
    return in_use | {code: label for code, label in PACKAGED.items() if code not in in_use}


def by_name(needs: Labels) -> Mapping[str, str]:
    """The codes of the needs by their part of the name of a field."""
    return {code.lower(): code for code in needs}


def _label(instruments: Mapping[str, list[str]]) -> str:
    """
    >>> _label({"Drug use": ["rms", "county"]})
    'Drug use'
    >>> _label({"Drug use": ["rms"], "Use of drugs": ["county"]})
    'Drug use (rms), Use of drugs (county)'
    """
    if len(instruments) == 1:
        return next(iter(instruments))
    return ", ".join(f"{label} ({', '.join(named)})" for label, named in instruments.items())


def _scale(form: Instrument, code: str) -> Scale:
    item = form.item(code)
    return tuple((level.value, whole_percent(item.percent(at))) for at, level in enumerate(item.levels))
