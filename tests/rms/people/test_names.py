"""Names as records are matched by them."""

import pytest

from rms.people.names import full_name_key, name_key, unordered_name_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Mary-Jane O'Connor", "MARY JANE OCONNOR"),
        ("MARY JANE O’CONNOR", "MARY JANE OCONNOR"),
        ("  mary  jane   oconnor ", "MARY JANE OCONNOR"),
        ("DUPLICATE_Brown", "BROWN"),
        ("Duplicate - Brown", "BROWN"),
        ("Duplicated", "DUPLICATED"),
        ("José Núñez", "JOSE NUNEZ"),
        ("Łukasz Øst", "LUKASZ OST"),
        ("Straße", "STRASSE"),
        ("=HYPERLINK(1)", "HYPERLINK 1"),
        ("王伟", "王伟"),
        ("Null", None),
        ("unknown", None),
        ("n/a", None),
        ("", None),
        ("-", None),
        ("Na", "NA"),
        ("None", "NONE"),
    ],
)
def test_one_key_for_every_spelling(name: str, key: str | None) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize(
    ("forename", "surname", "full", "unordered"),
    [
        ("Li", "Wei", "LI WEI", "LI WEI"),
        ("Wei", "Li", "WEI LI", "LI WEI"),
        (None, "Suharto", None, None),
        ("", "Suharto", None, None),
        ("Null", "Suharto", None, None),
        ("Ann", "DUPLICATE_Brown", "ANN BROWN", "ANN BROWN"),
    ],
)
def test_a_full_name_needs_both_parts(
    forename: str | None, surname: str, full: str | None, unordered: str | None
) -> None:
    assert full_name_key(forename=forename, surname=surname) == full
    assert unordered_name_key(forename=forename, surname=surname) == unordered
