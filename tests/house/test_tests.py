"""Tests do not import test modules and do not use private names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
# Also in code that a test runs in another process.
TEST_MODULE = re.compile(r"\b(from|import) [\w.]*\btest_\w+|\bfrom tests[\w.]* import .*\btest_\w+")
# These names of named tuples and of SQLAlchemy’s rows are public.
PRIVATE = re.compile(r"(^|\.)_(?!replace$|asdict$|fields$|mapping$)[a-z]\w*$")
OWN = ("self", "cls")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def private_names(source: str) -> Iterator[str]:
    """The private names that a module imports, reads from another object, or patches."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(names=names):
                yield from (alias.name for alias in names if PRIVATE.search(alias.name))
            case ast.Attribute(value=ast.Name(id=owner), attr=attr) if owner in OWN:
                continue
            case ast.Attribute(attr=attr) if PRIVATE.search(attr):
                yield attr
            case ast.Call(func=ast.Attribute(attr="setattr") | ast.Name(id="setattr" | "getattr"), args=args):
                texts = (arg.value for arg in args if isinstance(arg, ast.Constant))
                yield from (text for text in texts if isinstance(text, str) and PRIVATE.search(text))


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_no_test_module_is_imported_and_no_private_name_is_used(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert path == Path(__file__) or not TEST_MODULE.search(source)
    assert list(private_names(source)) == []


@pytest.mark.parametrize(
    "line",
    [
        "from tests.api.test_app import x",
        "from tests.api import examples, test_app",
        "import tests.api.test_app",
        "script = 'import sys; from tests.api.test_app import x'",
    ],
)
def test_the_check_finds_an_imported_test_module(line: str) -> None:
    assert TEST_MODULE.search(line)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from api.storage import _x", ["_x"]),
        ("store._writer._engine.begin()", ["_engine", "_writer"]),
        ("monkeypatch.setattr(jobs, '_id', 1)", ["_id"]),
        ("monkeypatch.setattr('api.jobs._id', 1)", ["api.jobs._id"]),
        ("self._x = made.__dict__", []),
    ],
)
def test_the_check_finds_private_names(line: str, found: list[str]) -> None:
    assert sorted(private_names(line)) == sorted(found)
