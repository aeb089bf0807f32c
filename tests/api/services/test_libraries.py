"""Which libraries are in use: decisions on record, those of RMS_LIBRARY, and how a process follows them."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.services.context import Context
from api.services.libraries import (
    available,
    decisions,
    end_use,
    folder_for,
    settle,
    settled,
    use_library,
)
from api.services.libraries_in_use import LibrariesInUse, hand_on, in_force, inherited
from api.storage import LibraryUse, Store
from reference_library import build, load, read_past_cases, write
from rms.errors import Conflict, LibraryAltered, LibraryDamaged, NotFound
from rms.instrument import instrument
from tests.api.conftest import START, small_library
from tests.reference_library import published
from tests.reference_library.published import file_of


def use(form: str, sha256: str, *, by_setting: bool = False) -> LibraryUse:
    return LibraryUse(form, form, "1", sha256, by_setting=by_setting, by="ada", at=START)


# Decisions in their order, with "form library" or "form -" for the end → what is in use, the default first.
IN_FORCE = [
    ("", ""),
    ("a x", "a x"),
    ("a x, a y", "a y"),
    ("a x, b z", "a x, b z"),
    ("a x, b z, a y", "a y, b z"),
    ("a x, b z, a -", "b z"),
    ("a x, b z, a -, a y", "b z, a y"),
    ("a x, a -", ""),
]


def parsed(text: str) -> list[LibraryUse]:
    words = [one.split() for one in text.split(", ") if one]
    return [use(form, "" if library == "-" else library) for form, library in words]


@pytest.mark.parametrize(("decided", "expected"), IN_FORCE)
def test_the_last_decision_about_an_instrument_counts(decided: str, expected: str) -> None:
    assert ", ".join(f"{one.instrument} {one.sha256}" for one in in_force(parsed(decided))) == expected


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two libraries of the instrument rms and one of georgia, each in a folder of its own."""
    made = {
        version: small_library(tmp_path_factory.mktemp(version), version=version, policy=policy)
        for version, policy in (("1", "pool"), ("2", "nearest"))
    }
    folder = tmp_path_factory.mktemp("georgia")
    past = read_past_cases(file_of(folder, published.georgia(300)), instrument("georgia"))
    facts = {"synthetic": True}
    built = build(past, policy="nearest", name="georgia", version="1", facts=facts)
    return {**made, "georgia": write(built, folder)}


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    folder = tmp_path / "libraries"
    folder.mkdir()
    return folder


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    store = Store(sqlite_url)
    yield store
    store.close()


@pytest.fixture
def context(store: Store) -> Context:
    return Context(store, START, "ada")


def put(folders: dict[str, Path], libraries: Path, *names: str) -> list[Path]:
    return [Path(shutil.copytree(folders[name], libraries / folders[name].name)) for name in names]


def in_use(context: Context) -> list[str]:
    return [f"{one.instrument} {one.version}" for one in in_force(decisions(context))]


def test_what_the_setting_names_is_put_on_record_once(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    put(folders, libraries, "1")
    settle(context, libraries)
    settle(replace(context, at=START + timedelta(days=1)), libraries)
    assert [(one.version, one.by_setting, one.at) for one in decisions(context)] == [("1", True, START)]
    with context.store.reading() as tx:
        entry = list(tx.audit.entries())[-1]
    assert (entry.action, entry.object_kind, entry.object_key) == ("library.used", "instrument", "rms")
    assert entry.detail["sha256"] == decisions(context)[0].sha256


def test_a_decision_stays_until_the_setting_names_another_library(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    first, second = put(folders, libraries, "1", "2")
    settle(context, first)
    use_library(context, first, "2")
    settle(context, first)  # the setting is as before
    assert in_use(context) == ["rms 2"]
    settle(context, libraries)  # it names a folder of several libraries, so no single one
    assert in_use(context) == ["rms 2"]
    settle(context, second)
    use_library(context, second, "1")
    settle(context, second)
    assert in_use(context) == ["rms 1"]
    settle(context, first)  # it was named before, but not the last time
    assert [one.by_setting for one in decisions(context)] == [True, False, True, False, True]


def test_naming_a_library_of_another_instrument_replaces_the_one_named_before(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    first, georgia = put(folders, libraries, "1", "georgia")
    settle(context, first)
    settle(context, georgia)
    assert in_use(context) == ["georgia 1"]


def test_a_library_that_was_chosen_is_not_replaced_by_naming_one_of_another_instrument(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    first, _, georgia = put(folders, libraries, "1", "2", "georgia")
    settle(context, first)
    use_library(context, first, "2")
    settle(context, georgia)
    assert in_use(context) == ["rms 2", "georgia 1"]


def test_the_first_choice_is_on_record_even_if_the_setting_names_the_same_library(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    [folder] = put(folders, libraries, "1")
    assert not use_library(context, libraries, "1").was_in_use
    assert [one.by_setting for one in decisions(context)] == [True, False]
    put(folders, libraries, "2")
    use_library(context, libraries, "2")
    settle(context, folder)  # the setting names what it named before the first choice
    assert in_use(context) == ["rms 2"]


def test_the_first_choice_keeps_what_the_setting_named_for_another_instrument(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    first, _ = put(folders, libraries, "1", "georgia")
    use_library(context, first, "georgia", "1")
    assert in_use(context) == ["rms 1", "georgia 1"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (("3",), "There is no such library. There are: georgia 1 "),
        (("elsewhere", "1"), "There is no such library"),
        (("1",), "Several libraries match"),
        (("abc",), "There is no such library"),
    ],
)
def test_a_choice_that_is_not_clear_is_refused(
    context: Context, folders: dict[str, Path], libraries: Path, named: tuple[str, ...], said: str
) -> None:
    put(folders, libraries, "1", "2", "georgia")
    with pytest.raises((NotFound, Conflict), match=said):
        use_library(context, libraries, *named)
    assert not decisions(context)


def test_a_library_is_chosen_by_its_hash_and_only_once(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    put(folders, libraries, "1", "2")
    sha256 = load(folders["2"]).reference.sha256
    assert not use_library(context, libraries, sha256[:12]).was_in_use
    assert use_library(context, libraries, "2").was_in_use
    assert len(decisions(context)) == 1  # the folder has two libraries, so the setting names none


def test_a_damaged_library_cannot_be_chosen(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    [folder] = put(folders, libraries, "1")
    (folder / "values.npy").write_bytes(b"")
    with pytest.raises(LibraryDamaged, match="values.npy"):
        use_library(context, libraries, "1")
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    assert [one.damage != "" for one in available(libraries)] == [True]


def test_the_use_of_an_instrument_ends_but_not_of_the_last(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    put(folders, libraries, "1", "georgia")
    for name in ("small", "georgia"):
        use_library(context, libraries, name, "1")
    end_use(context, "rms")
    assert in_use(context) == ["georgia 1"]
    with pytest.raises(NotFound, match="In use: georgia"):
        end_use(context, "rms")
    with pytest.raises(Conflict, match="the only instrument"):
        end_use(context, "georgia")


def test_a_command_uses_what_is_on_record_and_what_the_setting_decides_now(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    first, second, georgia = put(folders, libraries, "1", "2", "georgia")
    assert folder_for(context, second, instrument=None) == second
    assert not decisions(context)
    with pytest.raises(LibraryDamaged, match="several libraries"):
        folder_for(context, libraries, instrument=None)
    use_library(context, libraries, "small", "1")
    use_library(context, libraries, "georgia", "1")
    for form, folder in (("rms", first), ("georgia", georgia), ("broward", first), (None, first)):
        assert folder_for(context, libraries, instrument=form) == folder
    assert folder_for(context, second, instrument="rms") == second  # named now, and never before


def test_a_running_process_takes_up_a_decision_at_its_next_look(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    put(folders, libraries, "1", "2", "georgia")
    use_library(context, libraries, "small", "1")
    running = LibrariesInUse(context.store, libraries)
    before = running.now()
    assert not before.several and before.default.reference.version == "1"
    use_library(context, libraries, "2")
    use_library(context, libraries, "georgia", "1")
    assert running.now() is before
    running.look()
    now = running.now()
    assert [library.reference.name for library in now] == ["small", "georgia"]
    assert now.default.whole().reference.version == "2"
    assert before.default.whole().reference.version == "1"  # a job or request that has begun ends with it
    assert now.of("georgia").instrument.name == "georgia"
    assert now.of("broward") is now.of(None) is now.default
    assert now.process_labels == {"recidivism": "Recidivism", "violence": "Violence"}
    running.check()
    assert running.now() is now


def test_the_library_on_record_is_used_even_if_its_folder_is_missing_or_another(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    first, second = put(folders, libraries, "1", "2")
    use_library(context, libraries, "1")
    shutil.rmtree(first)
    running = LibrariesInUse(context.store, libraries)
    with pytest.raises(LibraryAltered):
        running.now().default.whole()
    shutil.copytree(second, first)  # another library in its place
    running.look()
    with pytest.raises(LibraryAltered):
        running.now().default.whole()
    shutil.rmtree(first)
    put(folders, libraries, "1")
    running.look()
    assert running.now().default.whole().reference.version == "1"


def test_a_folder_that_was_renamed_is_found_by_its_hash(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    first, _ = put(folders, libraries, "1", "2")
    use_library(context, libraries, "1")
    first.rename(libraries / "kept")
    assert LibrariesInUse(context.store, libraries).now().default.whole().reference.version == "1"


def test_a_worker_uses_the_copies_that_it_inherits(
    context: Context, folders: dict[str, Path], libraries: Path
) -> None:
    put(folders, libraries, "1", "georgia")
    for name in ("small", "georgia"):
        use_library(context, libraries, name, "1")
    handed = inherited(hand_on([folders["1"], folders["georgia"]]))
    now = LibrariesInUse(context.store, libraries, handed).now()
    assert [library.whole() for library in now] == list(handed)
    assert inherited({}) == ()


def test_settled_says_nothing_where_there_is_no_library(context: Context, libraries: Path) -> None:
    assert settled((), libraries, context=context) == []
