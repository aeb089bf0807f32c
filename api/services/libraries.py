"""Which library is in use for each instrument: choose it, end its use, and list the libraries that there are.

A decision is a record with an audit entry. RMS_LIBRARY names the folder of the libraries, or one library. If
it names another library than before when RMS starts, that is a decision too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.services.context import Context
from api.services.libraries_in_use import Libraries, folder_of, in_force
from api.services.library_in_use import LibraryInUse
from api.storage import LibraryUse
from reference_library import check, described, folders_in, library_folder
from rms.engine.library import Library
from rms.errors import Conflict, LibraryDamaged, NotFound, listed

LEAST_OF_HASH = 12  # digits of a hash that name a library


@dataclass(frozen=True)
class Available:
    """A library in the folder of libraries. `described` has no cases; it is None if the folder is damaged."""

    folder: Path
    described: Library | None
    damage: str = ""

    @property
    def sha256(self) -> str:
        """Its hash; empty if the folder is damaged."""
        return self.described.reference.sha256 if self.described else ""

    @property
    def name(self) -> str:
        if self.described is None:
            return self.folder.name
        return f"{self.described.reference.name} {self.described.reference.version}"


def available(path: Path | None) -> tuple[Available, ...]:
    """The libraries below `path`, or beside it if it is one itself. Their cases are not read."""
    return () if path is None else tuple(_available(path))


def _available(path: Path) -> Iterator[Available]:
    for folder in folders_in(path):
        try:
            yield Available(folder, described(folder))
        except LibraryDamaged as error:
            yield Available(folder, None, error.detail)


def settled(decisions: Sequence[LibraryUse], path: Path, *, context: Context) -> list[LibraryUse]:
    """The decisions that RMS_LIBRARY makes by naming another library than the last time, if it does.

    Naming a library of another instrument ends the use of the one that was named before: a setting names one
    library only.
    """
    try:
        named = described(library_folder(path))
    except LibraryDamaged:  # none, several, or one that cannot be read: what is on record counts
        return []
    before = next((use for use in reversed(decisions) if use.by_setting), None)
    if before and before.sha256 == named.reference.sha256:
        return []
    now = {use.instrument: use for use in in_force(decisions)}
    replaced = before is not None and before.instrument != named.instrument.name
    ends = [_end(before, context)] if before and replaced and now.get(before.instrument) == before else []
    return [*ends, _use(named, context=context, by_setting=True)]


def settle(context: Context, path: Path) -> None:
    """Put on record what RMS_LIBRARY decides, when RMS starts."""
    with context.store.reading() as tx:
        if not settled(tx.library_uses.all(), path, context=context):
            return
    with context.store.transaction() as tx:
        for use in settled(tx.library_uses.all(), path, context=context):
            tx.library_uses.add(use)


def folder_for(context: Context, path: Path, *, instrument: object) -> Path:
    """The folder of the library in use for the instrument, or of the default if it has none.

    What RMS_LIBRARY decides counts at once, but is not put on record.

    Raises
    ------
    LibraryDamaged
        If no library is in use.
    """
    on_record = decisions(context)
    uses = in_force([*on_record, *settled(on_record, path, context=context)])
    if not uses:
        return library_folder(path)
    return folder_of(next((use for use in uses if use.instrument == instrument), uses[0]), path)


@dataclass(frozen=True)
class Chosen:
    """A library that was chosen, and whether it was in use already."""

    library: Library
    was_in_use: bool


def use_library(context: Context, path: Path, *named: str) -> Chosen:
    """Use this library for its instrument from now on. If only RMS_LIBRARY named it, this makes it a choice.

    `named` are words that name it: its name, its version, 12 digits or more of its hash, or the name of its
    folder.

    Raises
    ------
    NotFound
        If there is no such library; the message lists those that there are.
    Conflict
        If there are several.
    LibraryDamaged
        If it is damaged.
    """
    chosen = _chosen(available(path), named)
    if problems := check(chosen.folder):
        raise LibraryDamaged(f"{chosen.folder.name}: {' '.join(problems)}")
    library = chosen.described
    assert library is not None
    use = _use(library, context=context, by_setting=False)
    with context.store.transaction() as tx:
        if not tx.library_uses.count():  # what RMS_LIBRARY named until now stays in use for its instrument
            for before in settled((), path, context=context):
                tx.library_uses.add(before)
        now = in_force(tx.library_uses.all())
        if any(one.sha256 == use.sha256 and not one.by_setting for one in now):
            return Chosen(library, was_in_use=True)
        tx.library_uses.add(use)
    return Chosen(library, was_in_use=False)


def end_use(context: Context, instrument: str) -> None:
    """No longer use any library of this instrument.

    Raises
    ------
    NotFound
        If none is in use.
    Conflict
        If no other library is in use.
    """
    with context.store.transaction() as tx:
        now = {use.instrument: use for use in in_force(tx.library_uses.all())}
        if instrument not in now:
            raise NotFound(
                f"No library of the instrument {instrument!r} is in use. In use: {listed(now) or 'none'}."
            )
        if len(now) == 1:
            raise Conflict(f"{instrument} is the only instrument in use. Choose another library first.")
        tx.library_uses.add(_end(now[instrument], context))


def uses(context: Context, path: Path) -> Sequence[LibraryUse]:
    """The libraries in use by the record; without any decision on it, the one that `path` names."""
    on_record = decisions(context)
    return in_force(on_record or settled((), path, context=context))


def decisions(context: Context) -> tuple[LibraryUse, ...]:
    """Every decision on record, oldest first."""
    with context.store.reading() as tx:
        return tuple(tx.library_uses.all())


def find_library(version: str, *, in_use: Libraries) -> LibraryInUse:
    """The library with this version, or with a hash that starts with this text (12 digits or more).

    Raises
    ------
    NotFound
        If it is not in use.
    """
    for library in in_use:
        reference = library.reference
        if version == reference.version or _is_start_of(version, reference.sha256):
            return library
    raise NotFound("No library with this version is in use.")


def _chosen(libraries: Sequence[Available], named: Sequence[str]) -> Available:
    matching = [one for one in libraries if one.described is not None and _is_meant(one, named)]
    if len(matching) == 1:
        return matching[0]
    names = listed(f"{one.name} {one.sha256[:LEAST_OF_HASH]}".rstrip() for one in (matching or libraries))
    if matching:
        raise Conflict(f"Several libraries match. Name one of them with its hash: {names}.")
    raise NotFound(f"There is no such library. There are: {names or 'none'}.")


def _is_meant(library: Available, named: Sequence[str]) -> bool:
    """Whether every word names it, and not only its name does, which later versions may have too."""
    assert library.described is not None
    reference = library.described.reference
    certain = [
        word in (reference.version, library.folder.name) or _is_start_of(word, reference.sha256)
        for word in named
    ]
    return any(certain) and all(
        is_certain or word == reference.name for word, is_certain in zip(named, certain, strict=True)
    )


def _is_start_of(text: str, sha256: str) -> bool:
    return len(text) >= LEAST_OF_HASH and sha256.startswith(text)


def _use(library: Library, *, context: Context, by_setting: bool) -> LibraryUse:
    reference = library.reference
    return LibraryUse(
        instrument=library.instrument.name,
        name=reference.name,
        version=reference.version,
        sha256=reference.sha256,
        by_setting=by_setting,
        by=context.by,
        at=context.at,
    )


def _end(use: LibraryUse, context: Context) -> LibraryUse:
    return LibraryUse(use.instrument, "", "", "", by_setting=False, by=context.by, at=context.at)
