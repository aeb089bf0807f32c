"""The answers of the OASys Violence Predictor from the records. Its points stand in `sets/ovp-*.toml`."""

from datetime import date

from rms.calendar import completed_years
from rms.errors import InvalidInput, Problem, not_allowed
from rms.rules.predictors.ogrs3 import SEXES
from rms.rules.predictors.points import Answers


def ovp_answers(
    *,
    sex: str,
    born: date,
    followup_from: date,
    total_sanctions: int,
    violent_sanctions: int,
    answers: Answers,
) -> dict[str, int | None]:
    """All fields of the scale. `total_sanctions` counts all, the violent ones among them.

    Raises
    ------
    InvalidInput
        If the sex is neither female nor male, or more sanctions are violent than there are.
    """
    if sex not in SEXES:
        raise InvalidInput([Problem("/sex", "ovp", not_allowed(sex, name="sex", allowed="female or male"))])
    if violent_sanctions > total_sanctions:
        detail = not_allowed(violent_sanctions, name="violent_sanctions", allowed=f"up to {total_sanctions}")
        raise InvalidInput([Problem("/violent_sanctions", "ovp", detail)])
    return {
        **answers,
        "male": int(sex == "male"),
        "age": completed_years(born, followup_from),
        "sanctions": total_sanctions,
        "violent_sanctions": violent_sanctions,
        "other_sanctions": total_sanctions - violent_sanctions,
    }
