"""Against the values that the RFCs publish."""

from datetime import UTC, datetime, timedelta

import pytest

from api.services.access.totp import code_of, matching_step, step_at

SECRET = b"12345678901234567890"
RFC_6238 = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
RFC_4226 = (
    *("755224", "287082", "359152", "969429", "338314"),
    *("254676", "287922", "162583", "399871", "520489"),
)


@pytest.mark.parametrize(("seconds", "code"), list(RFC_6238.items()))
def test_appendix_b_of_rfc_6238(seconds: int, code: str) -> None:
    step = step_at(datetime.fromtimestamp(seconds, tz=UTC))
    assert code_of(SECRET, step, digits=8) == code


@pytest.mark.parametrize(("step", "code"), list(enumerate(RFC_4226)))
def test_appendix_d_of_rfc_4226(step: int, code: str) -> None:
    assert code_of(SECRET, step) == code


@pytest.mark.parametrize(("late", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_one_step_to_either_side(late: int, fits: bool) -> None:
    at = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    code = code_of(SECRET, step_at(at))
    assert (matching_step(SECRET, code, at=at + timedelta(seconds=late)) is not None) is fits


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "ääääää", "\ud800", "١٢٣٤٥٦"])
def test_no_code(code: str) -> None:
    assert matching_step(SECRET, code, at=datetime(2026, 3, 4, tzinfo=UTC)) is None
