"""The needs of OASys as a table: answers, score, severity, and severity by strengths and needs (SAN)."""

from datetime import date

import pytest

from rms.errors import InvalidInput
from rms.rules.catalogue import NEEDS
from rms.rules.needs import need_rules_from, needs_of

RULES = NEEDS.in_force(date(2026, 12, 1))

# need, answers in the order of its questions (None is missing), score, severity, severity of SAN
TABLE = [
    ("accommodation", (2, 2, 1, None), 5, "standard", "severe"),
    ("accommodation", (2, 2, 2, 1), 7, "severe", "severe"),
    ("accommodation", (0, 1, 0, 0), 1, "none", "none"),
    ("accommodation", (0, 1, 1, 0), 2, "standard", "none"),
    ("accommodation", (None, None, None, None), None, None, None),
    ("employment", (2, 1, None, None), 3, "standard", "standard"),
    ("employment", (2, 0, None, None), 2, "none", "none"),
    ("relationships", (2, 1, 2), 5, "severe", "severe"),
    ("relationships", (0, 0, 0), 0, "none", "none"),
    ("lifestyle", (1, 1, 0), 2, "standard", "standard"),
    ("drugs", (2, 2, 2, 2, 0), 8, "severe", "severe"),
    ("drugs", (2, 2, 2, 0, 0), 6, "standard", "severe"),
    ("alcohol", (2, 1, 0, 0), 3, "none", "standard"),
    ("alcohol", (2, 2, 0, 0), 4, "standard", "severe"),
    ("thinking", (1, 1, 1, 0), 3, "none", "standard"),
    ("attitudes", (1, 0, 0, 0), 1, "none", "standard"),
]


@pytest.mark.parametrize(("code", "answers", "score", "severity", "by_san"), TABLE)
def test_the_score_and_severity_of_a_need(code, answers, score, severity, by_san):
    (rule,) = (rule for rule in RULES.needs if rule.code == code)
    given = dict(zip(rule.questions, answers, strict=True))
    for by_strengths, expected in ((False, severity), (True, by_san)):
        found = {one.rule.code: one for one in needs_of(given, RULES, by_strengths=by_strengths)}
        assert (found[code].score, found[code].severity) == (score, expected)
        assert found[code].missing == tuple(q for q, answer in given.items() if answer is None)
        assert all(one.score is None and not one.is_present for name, one in found.items() if name != code)


def test_the_highest_score_of_each_need():
    assert {rule.code: rule.highest for rule in RULES.needs} == {
        "accommodation": 8,
        "employment": 8,
        "relationships": 6,
        "lifestyle": 6,
        "drugs": 10,
        "alcohol": 8,
        "thinking": 8,
        "attitudes": 8,
    }
    assert RULES.reported_apart == ("Mental health",)


def test_an_answer_that_does_not_exist_is_refused():
    with pytest.raises(InvalidInput, match=r"3 is not allowed. 8\.4 must be 0, 1 or 2"):
        needs_of({"8.4": 3}, RULES)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (("present = 2\nsevere = 7", "present = 8\nsevere = 7"), "must rise"),
        (('questions = ["4.2"', 'questions = ["3.3"'), "3.3 is in two needs"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(changed, words):
    with pytest.raises(InvalidInput, match=words):
        need_rules_from(TEXT.replace(*changed, 1))


TEXT = """
rule = "needs"
version = "draft"
title = "Draft"
source = "Ours"
reported_apart = []
[[needs]]
code = "accommodation"
label = "Accommodation"
questions = ["3.3", "3.4", "3.5", "3.6"]
present = 2
severe = 7
tier_weight = 1
[[needs]]
code = "employment"
label = "Employment"
questions = ["4.2"]
present = 1
severe = 2
tier_weight = 1
"""
