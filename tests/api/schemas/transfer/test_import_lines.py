"""Lines of an import: no line affects the next one."""

import io
import json
from datetime import date
from typing import Any

import pytest

from api.schemas.transfer.import_lines import (
    columns,
    csv_document,
    header,
    is_blank_row,
    json_document,
    read_lines,
    understanding_of,
)
from api.services.transfer.imports import Line
from rms.errors import InvalidInput
from rms.instrument import instrument

RMS = instrument("rms")
ON = date(2026, 3, 4)
LONGEST = 60
GOOD = b'{"key":"good","offender_number":"A1"}'


def lines(*given: bytes, end: bytes = b"\n", number: int = 0, end_: int = 0) -> list[Line]:
    return list(
        read_lines(io.BytesIO(end.join(given)), json_document, longest=LONGEST, number=number, end=end_)
    )


def code(line: Line) -> str:
    return line.problems[0].code


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (b"[" * LONGEST, "malformed_json"),
        (b'{"a":' * 12, "malformed_json"),
        (b"\x00", "malformed_json"),
        (b'{"a":"\x00"}', "malformed_json"),
        (b'{"a":NaN}', "malformed_json"),
        (b'{"a":1,"a":2}', "malformed_json"),
        (b"\xff", "malformed_json"),
        (b"\xef\xbb\xbf" + GOOD, "malformed_json"),
        (b"x" * (LONGEST + 1), "body_too_large"),
        (b"x" * (LONGEST + 2), "body_too_large"),
        (b"x" * 3 * 70_000, "body_too_large"),
        (b'{"key":""}', "invalid_value"),
        (b'{"key":7}', "invalid_value"),
        (b'{"key":null}', "invalid_value"),
        (b'{"key":"\\ud800"}', "invalid_value"),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_bad_line_affects_no_other(bad: bytes, problem: str, end: bytes) -> None:
    before, refused, after = lines(GOOD, bad, GOOD, end=end)
    assert (before.document, after.document) == ({"offender_number": "A1"},) * 2
    assert (before.key, refused.key, after.key) == ("good", None, "good")
    assert (before.number, refused.number, after.number) == (1, 2, 3)
    assert code(refused) == problem and not before.problems and not after.problems


def test_nesting_and_numbers_beyond_the_limits_of_python() -> None:
    for bomb in (b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"):
        found = list(read_lines(io.BytesIO(bomb + b"\n" + GOOD), json_document, longest=200_000))
        assert [line.problems and code(line) for line in found] == ["malformed_json", ()]
        assert b"9999" not in found[0].problems[0].detail.encode()


def test_blank_lines_are_skipped_and_the_last_needs_no_line_ending() -> None:
    found = lines(b"", GOOD, b"  \t", b"\r", GOOD)
    assert [(line.number, line.end) for line in found] == [(2, 39), (5, 82)]
    assert lines(b"") == lines(b"\n\n") == []


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_reading_resumes_after_any_line(end: bytes) -> None:
    given = (GOOD, b"", b"x" * 500, GOOD, b"{", b"", GOOD)
    whole = lines(*given, end=end)
    for place, line in enumerate(whole, start=1):
        assert lines(*given, end=end, number=line.number, end_=line.end) == whole[place:]


def sheet(*rows: list[str], names: list[str] | None = None) -> list[Line]:
    names = names or [column.name for column in columns(RMS)]
    document = csv_document(header(",".join(names).encode(), instrument=RMS), instrument=RMS)
    text = "".join(f"{','.join(row)}\n" for row in rows).encode()
    return list(read_lines(io.BytesIO(text), document, longest=10_000))


def row(body: dict[str, Any], **changed: str) -> list[str]:
    given = {
        **{name: str(value) for name, value in body.items() if isinstance(value, str)},
        **{code: str(value) for code, value in body["answers"].items()},
        **{f"{code}_unknown": f'"{why}"' for code, why in body["unknown"].items()},
        **changed,
    }
    return [given.get(column.name, "") for column in columns(RMS)]


def test_a_row_equals_the_same_json(valid_body: dict[str, Any]) -> None:
    understood = understanding_of(RMS, on=ON)
    (line,) = sheet(row(valid_body, key="7", sexs_unknown='"Nothing, ""so far"""'))
    body = {**valid_body, "unknown": {"sexs": 'Nothing, "so far"'}}
    assert line.key == "7"
    assert understood(line.document).assessment() == understood(body).assessment()


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"drug": "9"}, "/answers/drug"),
        ({"drug": "two"}, "/answers/drug"),
        ({"drug": ""}, "/answers/drug"),
        ({"drug": "9" * 400}, "/answers/drug"),
        ({"drug": "2.5"}, "/answers/drug"),
        ({"years_served": "2,5"}, ""),
        ({"years_served": '"2,5"'}, "/answers/years_served"),
        ({"date_of_birth": "17.5.1985"}, "/date_of_birth"),
        ({"offender_number": "10000-01"}, "/offender_number"),
        ({"sexs_unknown": ""}, "/answers/sexs"),
        ({"sex": '"male'}, ""),
    ],
)
def test_a_wrong_cell_has_the_pointer_of_a_single_post(
    valid_body: dict[str, Any], changed: dict[str, str], pointer: str
) -> None:
    wrong, right = sheet(row(valid_body, **changed), row(valid_body))
    problems = wrong.problems
    if not problems:
        with pytest.raises(InvalidInput) as refused:
            understanding_of(RMS, on=ON)(wrong.document).assessment()
        problems = refused.value.problems
    assert [problem.pointer for problem in problems] == [pointer]
    understanding_of(RMS, on=ON)(right.document).assessment()


def test_a_byte_order_mark_is_what_spreadsheets_make() -> None:
    names = header(b"\xef\xbb\xbfsex,offender_number" + rest_of_header(), instrument=RMS)
    assert names[:2] == ("sex", "offender_number")


def test_a_row_of_another_length_is_refused_whichever_cell_fell_out(valid_body: dict[str, Any]) -> None:
    whole = row(valid_body)
    for place in range(len(whole)):
        short, right = sheet(whole[:place] + whole[place + 1 :], whole)
        assert [(one.pointer, one.code) for one in short.problems] == [("", "wrong_length")]
        assert str(len(whole) - 1) in short.problems[0].detail and not right.problems
    right, cut = sheet(whole, [*whole[:-1], '"Nothing is'])
    assert (right.problems, code(cut)) == ((), "malformed_csv")
    (long,) = sheet([*whole, ""])
    assert code(long) == "wrong_length"


def rest_of_header() -> bytes:
    rest = (column.name for column in columns(RMS) if column.name not in ("sex", "offender_number"))
    return ("," + ",".join(rest)).encode()


def test_a_wrong_header_has_a_problem_for_each_column() -> None:
    with pytest.raises(InvalidInput) as refused:
        header(b"sex,sex,magic,date_of_birth,drug_unknown", instrument=RMS)
    problems = {(problem.pointer, problem.code) for problem in refused.value.problems}
    assert problems >= {
        ("/columns/magic", "unknown_column"),
        ("/columns/sex", "repeated_column"),
        ("/columns/offender_number", "missing_column"),
        ("/columns/drug", "missing_column"),
    }
    with pytest.raises(InvalidInput):
        header(b"", instrument=RMS)


@pytest.mark.parametrize("extra", [{"kind": "what_if", "baseline_id": "10000"}, {"corrects": "10000"}])
def test_what_ifs_and_corrections_are_refused(valid_body: dict[str, Any], extra: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        understanding_of(RMS, on=ON)({**valid_body, **extra}).assessment()
    assert [one.code for one in refused.value.problems] == ["not_importable"]


def test_json_is_json() -> None:
    assert json_document(json.dumps([1, None]).encode()) == [1, None]


def table(text: bytes, *, instrument: Any = RMS) -> list[Line]:
    """The lines of a CSV file, whatever its header."""
    file = io.BytesIO(text)
    first = file.readline()
    document = csv_document(header(first, instrument=instrument), instrument=instrument)
    return list(read_lines(file, document, longest=10_000, number=1, end=len(first), is_blank=is_blank_row))


def as_csv(body: dict[str, Any], *, more: str = "", **changed: str) -> bytes:
    names = ",".join(column.name for column in columns(RMS))
    return (
        f"{names}{',' * len(more and more.split(',')[1:])}\n{','.join(row(body, **changed))}{more}\n".encode()
    )


@pytest.mark.parametrize(
    ("code", "cell", "answer"),
    [
        pytest.param("years_served", "0.3333333333333333", 1 / 3, id="C03 a third"),
        pytest.param("years_served", "0.30000000000000004", 0.1 + 0.2, id="C03 a sum"),
        pytest.param("years_served", ".5", 0.5, id="C03 no zero before the point"),
        pytest.param("years_served", "3.", 3.0, id="C03 nothing after the point"),
        pytest.param("years_served", "+3.5", 3.5, id="C03 sign"),
        pytest.param("years_served", "1e0", 1, id="C03 exponent"),
        pytest.param("years_served", " 3.50000000000000000 ", 3.5, id="C03 zeros and spaces"),
        pytest.param("months_employed", "2.0", 2, id="C04 a count"),
        pytest.param("drug", "2.0", 2, id="C04 a level"),
    ],
)
def test_numbers_are_read_as_in_json(valid_body: dict[str, Any], code: str, cell: str, answer: float) -> None:
    understood = understanding_of(RMS, on=ON)
    (line,) = table(as_csv(valid_body, **{code: cell}))
    assert understood(line.document).assessment().answers[code] == answer
    posted = {**valid_body, "answers": {**valid_body["answers"], code: answer}}
    assert understood(line.document).assessment() == understood(posted).assessment()


@pytest.mark.parametrize("cell", ['"3,5"', "1_0", "nan", "inf", "1e999", "0x1", "３"])
def test_c03_what_is_no_number_is_refused(valid_body: dict[str, Any], cell: str) -> None:
    (line,) = table(as_csv(valid_body, years_served=cell))
    with pytest.raises(InvalidInput) as refused:
        understanding_of(RMS, on=ON)(line.document).assessment()
    assert [problem.pointer for problem in refused.value.problems] == ["/answers/years_served"]


def test_rows_of_commas_only_are_skipped_as_blank_lines_are(valid_body: dict[str, Any]) -> None:
    names, one = as_csv(valid_body).splitlines(keepends=True)
    blank = b"," * names.count(b",") + b"\r\n"
    found = table(names + blank + one + b",,\n" + b'"","" ,\n' + one + blank)
    assert [line.number for line in found] == [3, 6]
    assert not any(line.problems for line in found)
    (cut,) = table(names + b",,")
    assert code(cut) == "wrong_length"
    (cut,) = table(names + blank.strip())
    assert code(cut) == "no_line_ending"


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        pytest.param(b'""""', "wrong_length", id="a quote"),
        pytest.param(b'"",""""', "wrong_length", id="an empty cell and a quote"),
        pytest.param(b'"""""" ,', "malformed_csv", id="two quotes and a space"),
        pytest.param(b'","', "wrong_length", id="a comma"),
        pytest.param(b'"', "malformed_csv", id="an open quote"),
        pytest.param(b'"""', "malformed_csv", id="a quote in an open quote"),
    ],
)
def test_a_row_of_quotes_that_has_content_is_not_skipped(
    valid_body: dict[str, Any], row: bytes, refused: str
) -> None:
    names, _ = as_csv(valid_body).splitlines(keepends=True)
    (line,) = table(names + row + b"\n")
    assert (line.number, code(line)) == (2, refused)


def test_a_column_without_a_name_must_be_empty(valid_body: dict[str, Any]) -> None:
    empty, filled = (table(as_csv(valid_body, more=more)) for more in (",,", ",,7"))
    understood = understanding_of(RMS, on=ON)
    assert understood(empty[0].document).assessment() == understood(valid_body).assessment()
    assert code(filled[0]) == "unnamed_column"


@pytest.mark.parametrize("separator", [b";", b"\t", b"|"])
def test_c15_another_separator_is_named_in_one_sentence(valid_body: dict[str, Any], separator: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        table(as_csv(valid_body).replace(b",", separator))
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == ("/columns", "wrong_separator")
    assert "commas" in problem.detail
