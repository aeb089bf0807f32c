"""The scoring guide holds all a rater needs."""

import pytest

from rms.instrument import Source, instrument, names
from rms.instrument.scoring_guide import scoring_guide


@pytest.mark.parametrize("name", names())
def test_the_guide_holds_every_question_level_anchor_and_meaning(name):
    form = instrument(name)
    guide = scoring_guide(form)
    for heading in form.sections.values():
        assert f"\n## {heading}\n" in guide
    for item in form.items:
        assert f"\n### {item.label}\n\n{item.question}\n" in guide
        for level in item.levels:
            anchor = f" {level.anchor} |" if level.anchor else ""
            assert f"| {level.value} | {level.label} |{anchor}" in guide
    for process in form.processes:
        assert f"- **1**: {' '.join(process.stayed.split())}" in guide
        assert f"- **2**: {' '.join(process.returned.split())}" in guide


@pytest.mark.parametrize("name", names())
def test_the_guide_says_of_each_item_whether_it_can_change_and_be_unknown(name):
    form = instrument(name)
    guide = scoring_guide(form)
    assert guide.count("\n- Can change") == sum(item.dynamic for item in form.items)
    assert guide.count("\n- The person cannot change this") == sum(not item.dynamic for item in form.items)
    assert guide.count("May be marked unknown") == sum(item.unknown_allowed for item in form.asked)
    assert guide.count("under Identification.") == sum(
        item.source is not Source.ANSWER for item in form.items
    )


def test_the_guide_gives_ranges_and_percents():
    guide = scoring_guide(instrument("rms"))
    assert "- Enter a whole number from 0 to 12." in guide
    assert "- Rates the need DRUG; in percent: 0 is 0%, 1 is 33%, 2 is 67%, 3 is 100%." in guide
