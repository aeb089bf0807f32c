"""Converting an assessment to form fields and back does not change it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.assessments.fields import Start, assessment_from, typed_from
from rms.assessment import Assessment
from rms.instrument import Answer, Item, instrument, names

TODAY = date(2026, 3, 4)


def answers_to(item: Item) -> st.SearchStrategy[Answer]:
    if item.levels:
        return st.sampled_from([level.value for level in item.levels])
    assert item.minimum is not None and item.maximum is not None
    if item.takes_fractions:
        return st.floats(item.minimum, item.maximum)
    return st.integers(int(item.minimum), int(item.maximum))


@st.composite
def assessments(draw: st.DrawFn, name: str) -> Assessment:
    form = instrument(name)
    reasons = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=50).map(str.strip)
    unknown = {
        item.code: draw(reasons.filter(bool))
        for item in form.asked
        if item.unknown_allowed and draw(st.booleans())
    }
    return Assessment(
        instrument=form,
        offender_number=draw(st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True)),
        sex=draw(st.sampled_from(("female", "male", "other", "unknown"))),
        date_of_birth=draw(st.dates(date(1920, 1, 1), date(2014, 1, 1))),
        assessed_on=TODAY,
        answers={item.code: draw(answers_to(item)) for item in form.asked if item.code not in unknown},
        unknown=unknown,
        release_date=draw(st.none() | st.dates(date(2026, 1, 1), date(2060, 1, 1))),
    )


@pytest.mark.parametrize("name", names())
def test_fields_of_an_assessment_make_the_same_assessment(name: str) -> None:
    @given(assessments(name))
    def round_trip(assessment: Assessment) -> None:
        typed = typed_from(assessment, assessment.instrument)
        again = assessment_from(typed, Start(), instrument=assessment.instrument, today=TODAY)
        assert again == assessment

    round_trip()
