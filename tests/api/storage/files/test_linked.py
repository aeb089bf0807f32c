"""The database file is a symbolic link: SQLite keeps its log beside the target, and RMS looks there."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.storage import Store, upgrade
from api.storage.write_ahead_log import LogIndex
from rms.errors import StorageLost, StorageOverwritten, StorageUnavailable
from tests.api.storage.examples import add_large
from tests.api.storage.files.damage import ALTERED, LOG_LOST, WRITTEN, backed_up, log_of

DAMAGED: dict[str, Callable[[Path], object]] = {
    **{name: ALTERED[name] for name in ("byte in a page altered", "cut to nothing", "cut to half")},
    **{name: lambda file, of=of: of(file, file) for name, of in LOG_LOST.items()},
    "file cut to nothing": lambda file: WRITTEN["cut to nothing"](file, file),
    "file deleted": lambda file: file.unlink(),
}


@pytest.fixture(params=["file", "folder"])
def link(request: pytest.FixtureRequest, tmp_path: Path, file: Path) -> Path:
    """A path to the database: a link with another name, or through a folder that is a link."""
    if request.param == "file":
        place = tmp_path / "linked" / "rms.sqlite"
        place.parent.mkdir()
        target = file.rename(file.with_name("of another name.db"))
        place.symlink_to(target)
        return place
    (tmp_path / "linked").symlink_to(file.parent)
    return tmp_path / "linked" / file.name


@pytest.fixture
def linked_url(link: Path) -> str:
    return f"sqlite:///{link}"


@pytest.fixture
def used(linked_url: str) -> Iterator[Store]:
    store = Store(linked_url)
    for _ in range(6):
        add_large(store)
    yield store
    store.close()


@pytest.mark.parametrize("happened", DAMAGED.values(), ids=DAMAGED)
def test_damage_at_the_target_is_noticed(used: Store, link: Path, happened: Callable[[Path], object]) -> None:
    happened(link.resolve())
    for _ in range(2):
        with pytest.raises(StorageLost):
            add_large(used, "20000")
        with pytest.raises(StorageLost):
            used.check()
        with pytest.raises(StorageLost), used.reading() as tx:
            tx.submissions.history("10000")


def test_a_link_that_leads_to_another_file_is_noticed(used: Store, link: Path) -> None:
    copy = backed_up(link.resolve())
    place = link if link.is_symlink() else link.parent
    place.unlink()
    place.symlink_to(copy if place == link else copy.parent)
    if place != link:
        copy.rename(copy.with_name(link.name))
    with pytest.raises(StorageOverwritten, match="Another file"):
        add_large(used)


def test_the_index_is_read_where_sqlite_has_mapped_it(used: Store, link: Path) -> None:
    target = link.resolve()
    log, index = (target.with_name(f"{target.name}-{name}") for name in ("wal", "shm"))
    assert LogIndex(index).fits(log.read_bytes()[:32])
    assert not LogIndex(index).fits(bytes(32))


@pytest.mark.parametrize("beside", ["target", "link"])
def test_a_log_beside_no_database_is_refused(linked_url: str, link: Path, beside: str) -> None:
    target = link.resolve()
    target.unlink()
    left = log_of(target if beside == "target" else link)
    left.write_bytes(b"of an earlier one")
    with pytest.raises(StorageLost, match=left.name):
        upgrade(linked_url)
    with closing(Store(linked_url)) as opened, pytest.raises(StorageLost, match=left.name):
        opened.check()
    assert left.read_bytes() == b"of an earlier one" and not target.exists()


def test_a_database_is_made_at_the_target(linked_url: str, link: Path) -> None:
    target = link.resolve()
    target.unlink()
    upgrade(linked_url)
    assert target.stat().st_mode & 0o777 == 0o600
    with closing(Store(linked_url)) as store:
        assert add_large(store) == "10000"


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "rms.sqlite"
    place.symlink_to(place)
    with pytest.raises(StorageUnavailable, match="cannot be made"):
        upgrade(f"sqlite:///{place}")
    with closing(Store(f"sqlite:///{place}")) as store, pytest.raises(StorageUnavailable):
        store.check()
