"""The RFS figure for domestic abuse: recency, frequency and severity of domestic abuse offences alone.

It is not the harm score, and the two are never added or compared. It has the formula of three of the five
components, with their weights scaled so that they add to 1. The formula is our own. That of the police is not
public.
"""

from dataclasses import replace
from datetime import date

from rms.harm.history import HarmHistory
from rms.harm.score import HarmScore, harm_score
from rms.harm.settings import COMPONENTS, HarmSettings

RFS = ("recency", "frequency", "severity")


def rfs_settings_of(settings: HarmSettings) -> HarmSettings:
    """The settings of the figure: those of the harm score, but for the weights.

    With 0.20, 0.20 and 0.40 the weights are 0.25, 0.25 and 0.50.
    """
    whole = sum(settings.weights[name] for name in RFS)
    weights = {name: settings.weights[name] / whole if name in RFS else 0.0 for name in COMPONENTS}
    return replace(settings, version=f"{settings.version[:48]}-domestic-abuse", weights=weights)


def rfs_figure(offences: HarmHistory, *, on: date, settings: HarmSettings) -> HarmScore | None:
    """The figure on a day, with all its parts; None if no such offence counts. It is the reference.

    Parameters
    ----------
    offences
        Only the offences that are marked as domestic abuse. Markers and reports are not looked at.
    settings
        Those of the harm score. The same offences count.
    """
    alone = HarmHistory(offences.offences)
    return harm_score(alone, on=on, settings=rfs_settings_of(settings))
