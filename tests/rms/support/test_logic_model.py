"""The logic model: the shipped one, and what is wrong with a file."""

import pytest

from rms.errors import InvalidInput
from rms.support.logic_model import STAGES, LogicEntry, logic_model_from, shipped_logic_model

ENTRY = 'text = "T"\nmeasure = "M"\n'
WHOLE = 'title = "A"\nowner = "B"\n' + "".join(f"[[{stage}]]\n{ENTRY}" for stage in STAGES)
WHOLE += '[[plan]]\nquestion = "Q"\nhow = "H"\n'


def test_the_shipped_one_has_every_stage_with_a_measure() -> None:
    model = shipped_logic_model()
    assert list(model.stages) == list(STAGES) and len(model.plan) >= 3
    assert all(one.text and one.measure for stage in model.stages.values() for one in stage)


def test_a_file_of_an_agency() -> None:
    assert logic_model_from(WHOLE).stages["impact"] == (LogicEntry("T", "M"),)


# What is changed in the file, and where its problem is.
WRONG = [
    ('owner = "B"\n', "", "/1"),
    ('title = "A"', "title = 1", "/1/title"),
    ('how = "H"', "", "/18"),
    ('question = "Q"', 'question = "Q"\nother = 1', "/20/other"),
    ('title = "A"', "title =", "/1"),
]


@pytest.mark.parametrize(("old", "new", "pointer"), WRONG)
def test_problems_name_their_line(old: str, new: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        logic_model_from(WHOLE.replace(old, new))
    assert [one.pointer for one in refused.value.problems] == [pointer]


def test_a_stage_without_entries() -> None:
    empty = WHOLE.replace(f"[[impact]]\n{ENTRY}", "").replace('owner = "B"\n', 'owner = "B"\nimpact = []\n')
    with pytest.raises(InvalidInput) as refused:
        logic_model_from(empty)
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.detail) == ("/3/impact", "Impact must have one entry or more.")
