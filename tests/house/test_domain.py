"""Rules for the code that no linter checks: imports of the domain, names, sizes and forbidden words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rms.harm.settings import BANDS
from rms.instrument import instrument, names
from rms.instrument.rules import PROTECTED

ROOT = Path(__file__).parents[2]
PACKAGES = ("rms", "reference_library", "api")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOMAIN = sorted((ROOT / "rms").rglob("*.py"))
LONGEST = 60

# The domain gets these as arguments and never uses them itself: clock, environment, files, output, chance.
FORBIDDEN_IMPORTS = {
    *("logging", "random", "secrets", "uuid", "time", "os", "sys", "io", "shutil", "tempfile", "glob"),
    *("subprocess", "socket", "sqlite3", "threading", "multiprocessing", "locale", "getpass", "importlib"),
}
FORBIDDEN_CALLS = {
    *("open", "print", "input", "breakpoint", "eval", "exec"),
    *("now", "utcnow", "today", "time", "monotonic", "getenv", "default_rng"),
    *("read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "glob", "iterdir"),
}
# The exceptions, and why.
ALLOWED = {
    "rms/harm/catalogue.py": {"importlib.resources", "read_text"},  # shipped TOML
    "rms/rules/editions.py": {"importlib.resources", "read_text"},  # shipped TOML
    "rms/instrument/catalogue.py": {"importlib.resources", "read_text", "iterdir"},  # shipped TOML
    "rms/support/logic_model.py": {"importlib.resources", "read_text"},  # shipped TOML
    "rms/records/land.py": {"importlib.resources", "read_text"},  # shipped TOML
    "rms/reports/fonts.py": {"pathlib", "threading"},  # the fonts, some read when first needed
    "rms/reports/pdf.py": {"io"},  # the PDF in memory
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr


def forbidden(path: Path) -> set[str]:
    """The forbidden imports and calls of one module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {module for module in imported(tree) if module.split(".")[0] in FORBIDDEN_IMPORTS | {"pathlib"}}
    return (modules | (FORBIDDEN_CALLS & set(called(tree)))) - ALLOWED.get(name(path), set())


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_the_domain_has_no_clock_no_environment_no_files_and_no_randomness(path):
    assert forbidden(path) == set()


def test_every_exception_is_needed():
    for module, allowed in ALLOWED.items():
        tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
        assert allowed <= {*imported(tree), *called(tree)}, module


def test_the_check_finds_forbidden_imports_and_calls(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    module = tmp_path / "x.py"
    module.write_text("import os\nfrom datetime import datetime\nopen(datetime.now())\n", encoding="utf-8")
    assert forbidden(module) == {"os", "open", "now"}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_module_has_a_name_without_meaning(path):
    parts = set(path.relative_to(ROOT).with_suffix("").parts)
    words = {word for part in parts for word in part.split("_")}
    assert not words & {
        *("util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "base", "info"),
    }


FOLDERS = sorted({path.parent for path in SOURCES if "versions" not in path.parts})
MOST_MODULES = 20


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_no_folder_has_too_many_modules(folder):
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= MOST_MODULES


WINGS = {
    *("access", "people", "records", "assessments", "search", "transfer", "systems", "governance", "harm"),
    *("network", "prediction", "meetings", "maps", "rules", "support"),
}
EMPTY = {  # wings that a layer has nothing of
    "schemas": {"people", "maps"},
    "resources": {"maps", "support"},
    "storage": {"rules"},
}


@pytest.mark.parametrize("layer", ["web", "resources", "schemas", "services", "storage", "web/templates"])
def test_every_layer_has_the_same_wings(layer):
    folders = {path.name for path in (ROOT / "api" / layer).iterdir() if any(path.glob("*.*"))}
    others = {"templates", "migrations", "tables", "__pycache__"}
    assert folders - others == WINGS - EMPTY.get(layer, set())


# Migrations are long lists of tables, and are never changed.
@pytest.mark.parametrize("path", [path for path in SOURCES if "versions" not in path.parts], ids=name)
def test_no_function_is_longer_than_a_screen(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    assert [f.name for f in functions if f.end_lineno - f.lineno + 1 > LONGEST] == []


READ_BY_PEOPLE = sorted(
    path
    for pattern in ("rms/**/*.toml", "api/web/templates/**/*.html", "static/**/*.css", "static/**/*.js")
    for path in ROOT.glob(pattern)
)


def texts(path: Path) -> Iterator[str]:
    """Every string in a module, because people can read it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


# No label between low and high that no one can act on, and no certainty about a person. The names of two
# harm bands, low-medium and medium-high, are terms of a published rule.
NEVER_SAID = re.compile(
    r"(?<!low-)\bmedium\b(?!-high)|\bwill (re-?offend|return to crime|be convicted)\b", re.IGNORECASE
)


PUBLISHED = ROOT / "rms/rules"  # the official terms of a published rule keep their own words


@pytest.mark.parametrize(
    "path", [path for path in (*SOURCES, *READ_BY_PEOPLE) if PUBLISHED not in path.parents], ids=name
)
def test_no_text_has_a_forbidden_word(path):
    strings = texts(path) if path.suffix == ".py" else [path.read_text(encoding="utf-8")]
    assert [text for text in strings if NEVER_SAID.search(text)] == []


@pytest.mark.parametrize("text", ["Medium", "a medium risk", "medium-low", "above-medium", "will reoffend"])
def test_the_check_finds_a_forbidden_word(text):
    assert NEVER_SAID.search(text)


def test_the_names_of_harm_bands_are_allowed():
    assert not any(NEVER_SAID.search(band) for band in BANDS)


def test_the_checked_texts_include_instruments_templates_and_styles():
    assert {path.suffix for path in READ_BY_PEOPLE} >= {".toml", ".html", ".css"}


@pytest.mark.parametrize("shipped", names())
def test_no_instrument_of_rms_has_a_protected_attribute(shipped):
    form = instrument(shipped)
    for item in form.items:
        for text in (item.code, item.column, item.label, item.question):
            assert not PROTECTED.search(text.lower()), (item.code, text)
        assert item.column not in form.columns.audit_only


@pytest.mark.parametrize("shipped", ["broward", "georgia"])
def test_race_is_for_audit_only(shipped):
    assert [column.lower() for column in instrument(shipped).columns.audit_only] == ["race"]


SERVICES = [path for path in SOURCES if "services" in path.parts]
MOST_ARGUMENTS = 5


def public_functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]


@pytest.mark.parametrize("path", SERVICES, ids=name)
def test_a_use_case_takes_few_arguments_or_says_why_not(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    many = [f for f in public_functions(tree) if len(f.args.args + f.args.kwonlyargs) > MOST_ARGUMENTS]
    assert [f.name for f in many if "arguments" not in (ast.get_docstring(f) or "")] == []


# Functions that open their own database or a copy of one, without a user.
WITHOUT_CONTEXT = {"keep_head", "note_when_overwritten", "verdict_on", "context_of"}


@pytest.mark.parametrize("path", SERVICES, ids=name)
def test_a_use_case_that_needs_the_store_takes_a_context(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    with_store = {
        f.name
        for f in public_functions(tree)
        if "store" in {arg.arg for arg in f.args.args + f.args.kwonlyargs}
    }
    assert with_store <= WITHOUT_CONTEXT
