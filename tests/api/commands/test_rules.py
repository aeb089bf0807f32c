"""Rules on the command line: the list of rule sets, the columns, and a file of cases."""

import csv
from pathlib import Path

import pytest

from rms.rules.rule_book import RULES
from tests.api.commands.command_line import quick_rms

COLUMNS = (
    "sex",
    "age_at_conviction",
    "age_at_first_sanction",
    "age_at_followup_start",
    "previous_sanctions",
    "offence_category",
)
CASES = f"{','.join(COLUMNS)}\n"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_rule_set_is_listed_with_its_days() -> None:
    listed = quick_rms("rules", "list")
    assert listed.returncode == 0
    for rule in RULES.values():
        for head in rule.heads():
            assert f"{rule.name}  {head.version}  " in listed.stdout
    assert "handover  handover-2023  from 2023-05-01" in listed.stdout
    assert "tier  tier-v3  only if named" in listed.stdout


def test_the_columns_of_a_rule() -> None:
    shown = quick_rms("rules", "columns", "ogrs3").stdout.split()
    assert shown[:6] == list(COLUMNS)
    assert "contact_band" in quick_rms("rules", "columns", "tier", "--rule-set", "tier-v3").stdout.split()


def test_a_file_of_cases_is_decided(tmp_path: Path) -> None:
    source, out = tmp_path / "cases.csv", tmp_path / "out.csv"
    source.write_text(f"{CASES}M,20,20,20,0,Violence\nM,20,20,20,,Violence\n", encoding="utf-8")
    done = quick_rms("rules", "ogrs3", "--csv", source, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = rows_of(out)
    found = float(first["p1yr"]), float(first["p2yr"])
    assert found == pytest.approx((0.12161553504714574, 0.22130521140511314), abs=1e-15)
    assert (second["p1yr"], second["problems"]) == ("", "previous_sanctions is missing.")


def test_a_day_and_a_rule_set_can_be_chosen(tmp_path: Path) -> None:
    source, out = tmp_path / "cases.csv", tmp_path / "out.csv"
    source.write_text("age,crd,sentence_start\n30,2024-09-30,2021-01-01\n", encoding="utf-8")
    quick_rms("rules", "handover", "--csv", source, "--out", out, "--as-at", "2022-08-01")
    (row,) = rows_of(out)
    assert (row["rule_set"], row["handover"]) == ("handover-2022-07", "2024-05-15")
    done = quick_rms("rules", "handover", "--csv", source, "--out", out, "--rule-set", "handover-1999")
    assert done.returncode == 3 and "there are handover-2022-07" in done.stderr
    assert out.read_text(encoding="utf-8").count("2022-07") == 1  # what was there is still there


def test_a_result_never_replaces_its_cases(tmp_path: Path) -> None:
    source = tmp_path / "cases.csv"
    source.write_text(f"{CASES}M,20,20,20,0,Violence\n", encoding="utf-8")
    done = quick_rms("rules", "ogrs3", "--csv", source, "--out", source)
    assert done.returncode == 3 and "would replace the file of cases" in done.stderr
