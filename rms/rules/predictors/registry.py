"""The predictors that RMS knows: what each predicts, its editions, its function and its bands.

A later predictor takes its place here: one entry, and its table in `sets/`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rms.errors import NotFound, listed, shown
from rms.rules.editions import Editions
from rms.rules.predictors.offence_categories import OffenceCategories, offence_categories_from
from rms.rules.predictors.ogrs3 import Ogrs3Parameters, ogrs3, ogrs3_parameters_from
from rms.rules.predictors.points import PointScale, point_scale_from, point_score
from rms.rules.predictors.rsr import RsrParameters, rsr, rsr_rules_from
from rms.rules.predictors.snsv import SnsvParameters, snsv, snsv_parameters_from

OGRS3: Editions[Ogrs3Parameters] = Editions(ogrs3_parameters_from, "ogrs3-2009", "ogrs3-hmpps-2026")
OFFENCE_CATEGORIES: Editions[OffenceCategories] = Editions(offence_categories_from, "offence-categories-2026")
OGP: Editions[PointScale] = Editions(point_scale_from, "ogp-2026")
OVP: Editions[PointScale] = Editions(point_scale_from, "ovp-2026")
SNSV: Editions[SnsvParameters] = Editions(snsv_parameters_from, "snsv-2018")
SNSV_CATEGORIES: Editions[OffenceCategories] = Editions(offence_categories_from, "snsv-categories-2026")
OSP_CONTACT: Editions[PointScale] = Editions(point_scale_from, "osp-dc-2026")


def _rsr_parameters_from(text: str) -> RsrParameters:
    """The sum with the parts that belong to it."""
    return RsrParameters(rsr_rules_from(text), SNSV.named("snsv-2018"), OSP_CONTACT.named("osp-dc-2026"))


RSR: Editions[RsrParameters] = Editions(_rsr_parameters_from, "rsr-2026")


@dataclass(frozen=True)
class Predictor:
    """`score(case, parameters)`: the score of one case by one edition, or `InvalidInput`.

    Every score has `rule_set` and `terms`, and `band` where the predictor has bands.
    """

    name: str
    title: str
    predicts: str
    editions: Editions[Any]
    score: Callable[[Any, Any], Any]

    def bands(self, version: str) -> tuple[tuple[float, str], ...]:
        """The percent, or for OSP/DC the points, from which each band holds; none for SNSV."""
        found: tuple[tuple[float, str], ...] = getattr(self.editions.named(version), "bands", ())
        return found


_WITHIN = "within two years"
PREDICTORS: Mapping[str, Predictor] = {
    one.name: one
    for one in (
        Predictor("ogrs3", "OGRS3", f"Any proven reoffending {_WITHIN}", OGRS3, ogrs3),
        Predictor("ogp", "OGP", f"Proven reoffending without violence {_WITHIN}", OGP, point_score),
        Predictor("ovp", "OVP", f"Proven reoffending with violence {_WITHIN}", OVP, point_score),
        Predictor("rsr", "RSR", f"Proven serious reoffending {_WITHIN}", RSR, rsr),
        Predictor("snsv", "SNSV", f"Serious violence without sexual offences {_WITHIN}", SNSV, snsv),
    )
}


def predictor(name: str) -> Predictor:
    """
    Raises
    ------
    NotFound
        If there is none of this name.
    """
    if name not in PREDICTORS:
        raise NotFound(f"There is no predictor {shown(name)}; there are {listed(PREDICTORS)}.")
    return PREDICTORS[name]
