"""Which passwords are taken: length and what is guessed first, nothing else."""

from pathlib import Path

import pytest

from api.services.access.passwords import ALONE, WITH_SECOND_FACTOR, PasswordRules, words_in
from rms.errors import ConfigurationInvalid

RULES = PasswordRules(frozenset({"northshire"}))


def taken(password: str, least: int = ALONE) -> bool:
    return not list(RULES.problems(password, username="ada.l", least=least))


@pytest.mark.parametrize(
    "password",
    [
        "a long enough password",
        "correct horse battery",
        "        x        y     zq",
        "49 17 38 26 50 81",
        "ßπ漢字 und noch etwas mehr",
        "k3v9-m2xq-t7wp-z4nd-h8rb",
    ],
)
def test_taken(password: str) -> None:
    assert taken(password)


@pytest.mark.parametrize(
    "password",
    [
        "too short",
        "x" * 257,
        "my name is ADA.L, so",
        "passwordpassword",
        "PasswordPassword2026!",
        "P@ssw0rdP@ssw0rd",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "123456789012345678",
        "qwertyuiopasdfghjkl",
        "Northshire Probation 1",
        "summer-winter-summer",
    ],
)
def test_not_taken(password: str) -> None:
    assert not taken(password)


def test_shorter_with_a_second_factor() -> None:
    assert taken("kv9-m2xq", WITH_SECOND_FACTOR) and not taken("kv9-m2xq")
    assert not taken("password1", WITH_SECOND_FACTOR)


def test_the_words_of_an_agency(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("Northshire\n\n  Rovers \nab\n", encoding="utf-8")
    assert words_in(tmp_path / "words") == {"northshire", "rovers"}
    assert words_in(None) == frozenset()
    with pytest.raises(ConfigurationInvalid, match="RMS_PASSWORD_WORDS"):
        words_in(tmp_path / "none")
