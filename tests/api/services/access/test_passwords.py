"""Which passwords are accepted: length and how hard they are to guess, nothing else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import process_time

import pytest

from api.services.access.passwords import ALONE, WITH_SECOND_FACTOR, PasswordRules, words_in
from rms.errors import ConfigurationInvalid

RULES = PasswordRules(frozenset({"northshire"}))


def accepted(password: str, least: int = ALONE) -> bool:
    return not list(RULES.problems(password, username="ada.l", office="Harbour Street", least=least))


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "a long enough passphrase",
        "purple giraffe teacup",
        "our cat sleeps at noon",
        "lamp-river-seven-moss",
        "49 17 38 26 50 81",
        "ßπ漢字 und noch etwas mehr",
        "k3v9-m2xq-t7wp-z4nd-h8rb",
        "aB!x#9@k$L%2&m?",
        "jdkslwoeirutyqpa",
        "k" + "v9m2xqt7wpz4ndh8rb" * 14,
        " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" + "".join(map(chr, range(0x2500, 0x25D0))),
    ],
)
def test_accepted(password: str) -> None:
    assert accepted(password)


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
        "                    ",
        "        x        y     zq",
        "abcabcabcabcabcabc",
        "123456789012345678",
        "qwertyuiopasdfghjkl",
        "1q2w3e4r5t6y7u8i",
        "17051985 17051985",
        "everything123456",
        "everybody knows this",
        "liverpoolfootballclub",
        "Manchester2026!!",
        "September2026!!!",
        "probationofficer2026",
        "summer-winter-summer",
        "sunshine-princess-1",
        "Northshire Probation 1",
        "Supervision of offenders",
        "Harbour-Street-2026",
        "rms-2026-rms-2026",
    ],
)
def test_refused(password: str) -> None:
    assert not accepted(password)


def test_shorter_with_a_second_factor() -> None:
    assert accepted("kv9-m2xq", WITH_SECOND_FACTOR) and not accepted("kv9-m2xq")
    for common in ("password1", "P@ssword1!", "liverpool1", "northshire1", "qwerty12"):
        assert not accepted(common, WITH_SECOND_FACTOR)


def test_a_long_one_must_do_alone_even_beside_a_second_factor() -> None:
    assert not accepted("Manchester2026!!", WITH_SECOND_FACTOR)


def test_the_words_of_one_check_are_not_those_of_another() -> None:
    """Threads that check at once, each with words of its own."""
    rules = [PasswordRules(frozenset({f"qzxv{n}jkwp"})) for n in range(8)]

    def knows_its_own(n: int) -> bool:
        own = f"qzxv{n % 8}jkwp1"
        return list(rules[n % 8].problems(own, username="ada.l", least=WITH_SECOND_FACTOR)) != []

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(knows_its_own, range(200)))


SIGNS = "'@4{(<[3691!|70$5+7%2x'"  # nearly all that zxcvbn reads as letters


@pytest.mark.parametrize(
    "password", ["k" + "v9m2xqt7wpz4ndh8rb" * 14, (SIGNS * 12)[:256], ("4@5$0310|!7" * 40)[:256]]
)
def test_the_longest_takes_little_more_than_a_short_one(password: str) -> None:
    """zxcvbn's time grows with the square of the length and with the ways to read signs as letters."""

    def took(text: str) -> float:
        begun = process_time()
        list(RULES.problems(text, username="ada.l"))
        return process_time() - begun

    short = min(took(SIGNS[:18]) for _ in range(3))
    assert min(took(password) for _ in range(3)) < max(0.3, 5 * short)  # unbounded, 1.8 seconds and 20 times


def test_signs_are_measured_over_as_much_as_makes_them_hard_to_guess() -> None:
    assert accepted((SIGNS * 12)[:256]) and accepted(SIGNS[:18]) and not accepted("4@4@4@4@" * 9)
    assert not accepted("p4$$w0rd" * 9) and accepted("corr3ct hor$e b@ttery s7aple + 12 lamps!")


def test_the_words_of_an_agency(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("Northshire\n\n  Rovers \nab\n", encoding="utf-8")
    assert words_in(tmp_path / "words") == {"northshire", "rovers"}
    assert words_in(None) == frozenset()
    with pytest.raises(ConfigurationInvalid, match="RMS_PASSWORD_WORDS"):
        words_in(tmp_path / "none")
