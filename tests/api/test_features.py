"""docs/features.md lists every workflow of the 2005 manual, with routes and tests that exist."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest
from flask import Flask

HOUSE = Path(__file__).parents[2]
PARAMETER = re.compile(r"<(?:\w+:)?\w+>")  # a path parameter in a Flask rule
NUMBERS = chain(*map(range, (12, 20, 40, 60, 70, 90), (19, 33, 53, 67, 82, 96)))
ROWS = [f"A{number}" for number in NUMBERS]
TABLE = {
    cells[0]: cells
    for line in (HOUSE / "docs/features.md").read_text(encoding="utf-8").splitlines()
    if (cells := [cell.strip() for cell in line.strip("|").split("|")]) and re.fullmatch(r"A\d\d", cells[0])
}


def test_the_table_has_every_workflow() -> None:
    assert list(TABLE) == ROWS


@pytest.mark.parametrize("row", ROWS)
def test_a_workflow_that_exists_has_a_test(row: str) -> None:
    _, _, routes, tests, *_ = TABLE[row]
    assert routes.startswith("not yet") or named_tests(tests), row


@pytest.mark.parametrize("row", ROWS)
def test_a_workflow_has_a_page_and_a_browser_test(row: str) -> None:
    *_, page, browser_tests = TABLE[row]
    assert page == "every page" or named_routes(page), row
    assert all(path.startswith("tests/browser/") for path, _ in named_tests(browser_tests)), row
    assert named_tests(browser_tests), row


@pytest.mark.parametrize("row", ROWS)
def test_the_named_tests_exist(row: str) -> None:
    for path, name in named_tests(" ".join(TABLE[row][3:])):
        tree = ast.parse((HOUSE / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, name


@pytest.mark.parametrize("row", ROWS)
def test_the_named_routes_exist(row: str, app: Flask) -> None:
    routes = {
        f"{method} {PARAMETER.sub('{}', rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for route in named_routes(" ".join(TABLE[row][2:])):
        assert re.sub(r"{\w+}", "{}", route) in routes, route


def named_tests(text: str) -> list[tuple[str, str]]:
    """The path and name of every test in a cell of the table."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)


def named_routes(text: str) -> list[str]:
    return re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", text)
