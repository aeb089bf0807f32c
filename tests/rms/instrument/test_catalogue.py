"""Instruments that break a rule, each made from a sound one by a single edit."""

import pytest

from rms.errors import InstrumentInvalid, ProtectedAttribute
from rms.instrument import ItemKind, Source, instrument_from
from tests.rms.instrument.examples import SOUND, edited


def test_a_sound_instrument_is_read_with_its_defaults():
    form = instrument_from(SOUND)
    age, drug, moves = form.items
    assert (age.kind, age.source, age.minimum, age.maximum) == (ItemKind.DATE, Source.DATE_OF_BIRTH, 10, 110)
    assert (drug.column, drug.question, [level.csv for level in drug.levels]) == (
        "drug",
        "Drug use",
        ["0", "1"],
    )
    assert moves.column == "address_changes"
    assert form.asked == (drug, moves)
    assert form.text == SOUND


@pytest.mark.parametrize(
    "named",
    [
        'code = "race"',
        'code = "home_postcode"',
        'code = "postal_code"',
        'code = "zip"',
        'code = "nationality"',
        'code = "ethnic_group"',
        'code = "moves"\ncolumn = "HomePostcode"',
        'code = "moves"\ncolumn = "Race"',
        'code = "moves"\ncolumn = "race_2"',
        'code = "moves"\ncolumn = "colour"',
        'code = "moves"\ncolumn = "old_score"',
    ],
)
def test_a_protected_attribute_is_never_an_item(named):
    text = edited('code = "moves"', named).replace('column = "address_changes"\n', "")
    with pytest.raises(ProtectedAttribute):
        instrument_from(text.replace('other = "moves"', ""))


def test_a_protected_attribute_is_found_in_a_label():
    with pytest.raises(ProtectedAttribute, match="religion"):
        instrument_from(edited('label = "Moves"', 'label = "Moves for religion"'))


def test_a_word_that_only_contains_a_protected_one_is_no_protected_attribute():
    form = instrument_from(edited('label = "Moves"', 'label = "Moves, traced or embraced"'))
    assert form.item("moves").label == "Moves, traced or embraced"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "small"', "name = ", "cannot be read"),
        ('title = "A small form"\n', "", "'title'"),
        ('now = "Now"', 'then = "Then"', "section now is not among the sections"),
        ('code = "moves"', 'code = "drug"', "item code drug is used twice"),
        ('code = "moves"', 'code = "Moves/2"', "lower-case"),
        ('kind = "count"', 'kind = "guess"', "guess"),
        ('kind = "count"', 'kind = "date"', "date_of_birth"),
        ('kind = "count"', 'kind = "ordinal"', "two levels or more"),
        ('kind = "ordinal"', 'kind = "count"', "no levels"),
        ('kind = "ordinal"', 'kind = "choice"', "must be text"),
        (', { value = 1, label = "Some" }', "", "two levels or more"),
        ("value = 1", "value = 0", "the same value"),
        ("value = 1", "value = -1", "ascending order"),
        ("value = 1", "value = 1.5", "ascending order"),
        ("value = 1", "value = true", "ascending order"),
        ("value = 1", 'value = 1, csv = "0"', "same spelling"),
        ("maximum = 50", "maximum = 0", "a minimum below a maximum"),
        ("maximum = 50", "maximum = inf", "a minimum below a maximum"),
        ("maximum = 50", "maximum = nan", "a minimum below a maximum"),
        ("maximum = 50", 'maximum = "many"', "cannot be read"),
        ("maximum = 50", "maxmum = 50", "maxmum"),
        ('need = "DRUG"\n', "", "does not point back"),
        ('need = "DRUG"', 'need = "ALCO"', "does not point back"),
        ('item = "drug"', 'item = "moves"', "does not point back"),
        ('item = "drug"', 'item = "nothing"', "does not point back"),
        (
            "dynamic = true\nminimum",
            'dynamic = true\nneed = "MOVE"\nminimum',
            "a need must be rated on an ordinal",
        ),
        ('column = "address_changes"', 'column = "arrested"', "which is an outcome"),
        ('column = "arrested", ', "", "'column'"),
        ('other = "moves"', 'other = "removes"', "removes, which is not an item"),
        ('other = "moves"', 'others = "moves"', "no column others"),
        ('case_number = "id"\n', "", "case_number"),
        ('case_number = "id"\n', 'case_number = "id"\nperson_mark = "end"\n', "PersonMark"),
    ],
)
def test_a_rule_broken_by_one_edit_is_named(old, new, said):
    with pytest.raises(InstrumentInvalid, match=said):
        instrument_from(edited(old, new))


def test_an_instrument_without_a_process_is_refused():
    head, rest = SOUND.split("[[processes]]")
    with pytest.raises(InstrumentInvalid, match="no process"):
        instrument_from(
            head.replace("[sections]", "processes = []\n[sections]", 1) + rest[rest.index("[csv]") :]
        )


def test_a_need_listed_twice_is_refused():
    need = '[[needs]]\ncode = "DRUG"\nlabel = "Drug use"\nitem = "drug"\n'
    with pytest.raises(InstrumentInvalid, match="listed once"):
        instrument_from(edited(need, need + need))


@pytest.mark.parametrize("fact", ["2020-12-31", "3", "true", '["a"]'])
def test_c06_a_fact_of_the_datasheet_must_be_text(fact):
    with pytest.raises(InstrumentInvalid, match="the fact cut_off of its datasheet must be text"):
        instrument_from(f"{SOUND}\n[datasheet]\ncut_off = {fact}\n")
    assert instrument_from(f'{SOUND}\n[datasheet]\ncut_off = "2020-12-31"\n').datasheet
