"""PNC and CRO numbers: kept as sent, matched only if they are valid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.people.identifiers import CHECK_LETTERS, Standing, check_letter, cro, is_placeholder_postcode, pnc

VALID, AMBIGUOUS, INVALID, MISSING = Standing.VALID, Standing.AMBIGUOUS, Standing.INVALID, Standing.MISSING


@pytest.mark.parametrize(
    ("text", "canonical", "standing"),
    [
        ("67/9893091D", "1967/9893091D", VALID),
        ("1967/9893091D", "1967/9893091D", VALID),
        ("2001/0171310W", "2001/0171310W", VALID),
        ("2001/0171310S", None, INVALID),  # the check letter should be W
        ("01/171310w", "2001/0171310W", VALID),
        (" 01 / 171310 W ", "2001/0171310W", VALID),
        ("20010171310W", "2001/0171310W", VALID),
        ("0273319Z", "2002/0073319Z", VALID),
        ("00/223R", "2000/0000223R", VALID),
        ("29/0000001" + check_letter("29", "0000001"), "2029/0000001" + check_letter("29", "0000001"), VALID),
        # Either century: flagged, whatever the day on which it is read.
        ("30/0000001" + check_letter("30", "0000001"), None, AMBIGUOUS),
        ("39/0000001" + check_letter("39", "0000001"), None, AMBIGUOUS),
        ("40/0000001" + check_letter("40", "0000001"), "1940/0000001" + check_letter("40", "0000001"), VALID),
        # 1998 and 12, or 19 and 9812.
        ("199812" + check_letter("98", "0000012"), None, AMBIGUOUS),
        ("1867/9893091D", None, INVALID),
        ("167/9893091D", None, INVALID),
        ("1967/98930911D", None, INVALID),
        ("1967/9893091", None, INVALID),
        ("1967-9893091D", None, INVALID),
        ("１９６７/9893091D", None, INVALID),
        ("TOTALLYINVALID", None, INVALID),
        ("2000/0000000Z", None, MISSING),
        ("", None, MISSING),
        ("null", None, MISSING),
        ("N/A", None, MISSING),
    ],
)
def test_pnc(text: str, canonical: str | None, standing: Standing) -> None:
    read = pnc(text)
    assert (read.raw, read.canonical, read.standing) == (text, canonical, standing)


@pytest.mark.parametrize(
    ("text", "canonical", "standing"),
    [
        ("SF83/50058Z", "SF83/50058Z", VALID),
        ("SF05/482703J", "SF05/482703J", VALID),
        ("65656/91H", "065656/91H", VALID),
        ("265416/21g", "265416/21G", VALID),
        ("85227/65G", None, INVALID),
        ("SF83/50058A", None, INVALID),
        ("1234567/91H", None, INVALID),
        ("65656/1991H", None, INVALID),
        ("000000/00Z", None, MISSING),
        ("0/00Z", None, MISSING),
        ("", None, MISSING),
        ("NULL", None, MISSING),
    ],
)
def test_cro(text: str, canonical: str | None, standing: Standing) -> None:
    read = cro(text)
    assert (read.raw, read.canonical, read.standing) == (text, canonical, standing)


@given(
    year=st.integers(1940, 2029),
    serial=st.integers(1, 9_999_999),
    wrong=st.sampled_from(CHECK_LETTERS + "IOS"),
)
def test_every_spelling_of_a_pnc_is_one_number_and_every_other_letter_is_wrong(
    year: int, serial: int, wrong: str
) -> None:
    letter = check_letter(f"{year % 100:02}", f"{serial:07}")
    canonical = f"{year}/{serial:07}{letter}"
    for text in (canonical, f"{year % 100:02}/{serial}{letter}", f"{year}{serial:07}{letter}"):
        assert pnc(text).canonical == canonical
    assert (pnc(f"{year}/{serial}{wrong}").canonical is None) == (wrong != letter)


@pytest.mark.parametrize(
    ("postcode", "placeholder"),
    [("NF1 1NF", True), ("nf11nf", True), ("ZZ99 3VZ", True), ("B1 1BB", False), ("", False)],
)
def test_placeholders_of_postcodes(postcode: str, placeholder: bool) -> None:
    assert is_placeholder_postcode(postcode) is placeholder
