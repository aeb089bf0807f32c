"""Likely duplicates among many records, found with Splink by the rules of `rms.people.matching`.

This is the only module that uses Splink, the record-linkage library of the Ministry of Justice. It compares
in columns, in a database in memory, what `evidence` and `weight` compare pair by pair. Tests hold the two
together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rms.people.matching import (
    FIELDS,
    LEAST_LETTERS,
    LEAST_PROBABILITY,
    WEIGHTS,
    Comparable,
    Evidence,
    is_candidate,
    prior,
    share_of_name,
)

COLUMNS = ("forename", "surname", "full_name", "words", "date_of_birth", "decade", "sex", "pnc", "cro")
LEVELS = (Evidence.DIFFERS, Evidence.NEAR, Evidence.AGREES)  # from the lowest
NAME = "full_name"
COLUMN_OF = {"name": NAME}  # of a field whose column has another name
THREADS = 2
AT_ONCE = 50_000  # records
MOST_ALIKE = 300  # records with the same of a rule of `_BLOCKS`: more are not compared by this rule


@dataclass(frozen=True)
class Subject:
    """A source record, the person it belongs to, and that person's offender number.

    `changed`: it is new, or has changed since duplicates were last looked for.
    """

    record: int
    person: int
    number: str | None
    changed: bool
    told: Comparable


@dataclass(frozen=True)
class Likely:
    """Two records that may be of one person: `first` < `second`. `weight` is in bits."""

    first: int
    second: int
    weight: float
    evidence: dict[str, Evidence]


@dataclass(frozen=True)
class LikelyPairs:
    """The most probable pair first.

    `too_alike`: how many records were not compared with all that have, for example, the same surname and date
    of birth, because these are more than `MOST_ALIKE`.
    """

    pairs: tuple[Likely, ...]
    too_alike: int


def likely_duplicates(subjects: Iterable[Subject], *, everybody: bool) -> LikelyPairs:
    """The pairs with at least one changed record, or all pairs if `everybody`.

    Records of one person are no pair, and neither are those of two people with different offender numbers.
    """
    found = []
    rows, too_alike = _predicted(subjects, everybody=everybody)
    for first, second, bits, *levels in rows:
        evidence = {field: _evidence(field, level) for field, level in zip(FIELDS, levels, strict=True)}
        if is_candidate(evidence):
            found.append(Likely(min(first, second), max(first, second), bits, evidence))
    in_order = sorted(found, key=lambda pair: (-pair.weight, pair.first, pair.second))
    return LikelyPairs(tuple(in_order), too_alike)


def _predicted(subjects: Iterable[Subject], *, everybody: bool) -> tuple[Iterable[Sequence[Any]], int]:
    # Imported here because it takes a third of a second: only this search needs it.
    import duckdb  # noqa: PLC0415
    import pyarrow  # noqa: PLC0415
    import splink  # noqa: PLC0415

    whole, texts = ("unique_id", "person"), ("number", *COLUMNS)
    types = {"changed": pyarrow.bool_(), **dict.fromkeys(whole, pyarrow.int64())}
    schema = pyarrow.schema(types | dict.fromkeys(texts, pyarrow.string()))
    batches = [pyarrow.record_batch(columns, schema=schema) for columns in _batches(subjects)]
    table = pyarrow.Table.from_batches(batches, schema=schema)
    if table.num_rows < 2:
        return [], 0
    with duckdb.connect(config={"threads": THREADS}) as connection:
        database = splink.DuckDBAPI(connection)
        settings = _settings(table.num_rows, everybody=everybody)
        connection.register("read", table)
        connection.execute(
            f"CREATE TEMP TABLE alike AS SELECT *, {', '.join(_FEW).format(most=MOST_ALIKE)} FROM read"
        )
        too_alike = _number(connection.execute(f"SELECT count(*) FROM alike WHERE NOT ({_ALL_FEW})"))
        linker = splink.Linker(database.register("alike"), settings, log_level=None)
        counted = table[NAME].drop_null().value_counts()
        names, counts = counted.field("values"), counted.field("counts").to_pylist()
        named = sum(counts)
        shares = [share_of_name(count, named) for count in counts]
        frequencies = database.register(pyarrow.table({NAME: names, f"tf_{NAME}": shares}))
        linker.table_management.register_term_frequency_lookup(frequencies, NAME)
        predicted = linker.inference.predict(threshold_match_probability=LEAST_PROBABILITY)
        wanted = ("unique_id_l", "unique_id_r", "match_weight", *(f"gamma_{field}" for field in FIELDS))
        rows: Sequence[Sequence[Any]] = connection.table(predicted.physical_name).select(*wanted).fetchall()
        return rows, too_alike


def _number(answer: Any) -> int:
    ((number,),) = answer.fetchall()
    return int(number)


def _batches(subjects: Iterable[Subject]) -> Iterator[dict[str, list[Any]]]:
    """The columns of the next AT_ONCE records, so that they are not all in memory as objects."""
    rest = iter(subjects)
    while batch := list(islice(rest, AT_ONCE)):
        yield _columns(batch)


def _columns(subjects: Sequence[Subject]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        "unique_id": [subject.record for subject in subjects],
        "person": [subject.person for subject in subjects],
        "number": [subject.number for subject in subjects],
        "changed": [subject.changed for subject in subjects],
    }
    for name in COLUMNS:
        columns[name] = [getattr(subject.told, name) for subject in subjects]
    columns["date_of_birth"] = [born and born.isoformat() for born in columns["date_of_birth"]]
    return columns


def _settings(records: int, *, everybody: bool) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "probability_two_random_records_match": prior(records),
        "retain_matching_columns": True,  # among them the level of each field
        "comparisons": [_comparison(field) for field in FIELDS],
        "blocking_rules_to_generate_predictions": [
            {
                "blocking_rule": f"{_same(*columns)} AND l.few_{place} AND {_is_pair(everybody)}",
                "sql_dialect": "duckdb",
            }
            for place, columns in enumerate(_BLOCKS)
        ],
    }


def _same(*columns: str) -> str:
    return " AND ".join(f"l.{column} = r.{column}" for column in columns)


_IS_ASCII = "regexp_full_match({}, '[ -~]*')"
# Each pair that `is_candidate` accepts has the same of one of these.
_BLOCKS = (
    ("pnc",),
    ("cro",),
    ("date_of_birth", "surname"),
    ("date_of_birth", "forename"),
    ("date_of_birth", "words"),
    ("full_name", "decade"),
)
# Whether few records have the same of each. What is not known is no block.
_FEW = tuple(
    f"({' OR '.join(f'{column} IS NULL' for column in columns)} "
    f"OR count(*) OVER (PARTITION BY {', '.join(columns)}) <= {{most}}) AS few_{place}"
    for place, columns in enumerate(_BLOCKS)
)
_ALL_FEW = " AND ".join(f"few_{place}" for place in range(len(_BLOCKS)))


def _is_pair(everybody: bool) -> str:
    of_two = "l.person <> r.person AND (l.number IS NULL OR r.number IS NULL OR l.number = r.number)"
    return of_two if everybody else f"{of_two} AND (l.changed OR r.changed)"


def _comparison(field: str) -> dict[str, Any]:
    column = COLUMN_OF.get(field, field)
    levels = [_level(f"{column}_l IS NULL OR {column}_r IS NULL", is_null_level=True)]
    conditions = {
        Evidence.AGREES: f"{column}_l = {column}_r",
        Evidence.NEAR: _NEAR.get(field),
        Evidence.DIFFERS: "ELSE",
    }
    for evidence, condition in conditions.items():
        if evidence in WEIGHTS[field]:
            chances = WEIGHTS[field][evidence]
            levels.append(_level(str(condition), m_probability=chances.of_one, u_probability=chances.of_two))
    if field == "name":
        levels[1]["tf_adjustment_column"] = column
    return {"output_column_name": field, "comparison_levels": levels}


def _level(condition: str, **more: Any) -> dict[str, Any]:
    return {"sql_condition": condition, "label_for_charts": condition, **more}


def _nearly_same(name: str) -> str:
    one, other = f"{name}_l", f"{name}_r"
    words, others = (f"string_split({side}, ' ')" for side in (one, other))
    return (
        f"list_has_all({words}, {others}) OR list_has_all({others}, {words}) OR "
        f"({_IS_ASCII.format(one)} AND {_IS_ASCII.format(other)} AND levenshtein({one}, {other}) = 1 "
        f"AND least(length({one}), length({other})) >= {LEAST_LETTERS})"
    )


_NEAR = {
    "name": (
        "words_l = words_r OR (surname_l = surname_r AND (starts_with(forename_l, forename_r) OR "
        f"starts_with(forename_r, forename_l) OR {_nearly_same('forename')})) OR "
        f"(forename_l = forename_r AND ({_nearly_same('surname')}))"
    ),
    "date_of_birth": "decade_l = decade_r AND hamming(date_of_birth_l, date_of_birth_r) = 1",
}


def _evidence(field: str, level: int) -> Evidence:
    if level < 0:
        return Evidence.UNKNOWN
    return [found for found in LEVELS if found in WEIGHTS[field]][level]
