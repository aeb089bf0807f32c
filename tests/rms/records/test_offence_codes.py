import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.records.offence_codes import offence_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("28/3", "02803"),
        ("028/03", "02803"),
        ("02803", "02803"),
        ("2803", "02803"),
        ("2803.0", "02803"),
        ("\t28/3\n", "02803"),
        ("28 / 3", "02803"),
        ("1/1", "00101"),
        ("4/10", "00410"),
        ("195/94", "19594"),
        ("28E", "28E"),
        ("28e", "28E"),
        ("028E", "28E"),
        ("105A", "105A"),
        ("th68032", "TH68032"),
        ("th68032a", "TH68032A"),
        ("\tTH68032", "TH68032"),
        ("ms15003", "MS15003"),
        ("coml018", "COML018"),
    ],
)
def test_one_spelling(text: str, code: str) -> None:
    assert offence_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "028/", "28/", "/3", "28//3", "28/3/1", "28", "283", "028003", "28.3", "2803.5", "-2803"),
        *("28/100", "٢٨٠٣", "2803 04600", "house burglary"),
    ],
)
def test_what_is_not_a_complete_code(text: str) -> None:
    assert offence_code(text) is None


@given(klass=st.integers(1, 999), number=st.integers(0, 99))
def test_every_spelling_of_a_code_is_the_same_code(klass: int, number: int) -> None:
    stored = f"{klass:03}{number:02}"
    for text in (f"{klass}/{number}", f"{klass:03}/{number:02}", stored):
        assert offence_code(text) == stored
    if klass > 9:
        assert offence_code(str(int(stored))) == stored


@given(text=st.text(max_size=10))
def test_a_stored_code_stays_as_it_is(text: str) -> None:
    code = offence_code(text)
    assert code is None or offence_code(code) == code
