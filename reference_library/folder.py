"""A library as an immutable folder: written completely or not at all, copied into memory, verified.

The folder's name ends with the first twelve digits of its hash. `manifest.json` has the facts, the
constants and tables of the metric, and the SHA-256 of every other file. The library's own hash is that
of the manifest without the hash itself, so one number identifies all of it.
"""

import errno
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_library.regular_files import content, opened
from reference_library.sealed import MOST_BYTES, Copies, sealed_copies
from reference_library.validation import problems
from rms.engine.contributions import ContributionTable
from rms.engine.encoding import Encoding
from rms.engine.library import Cases, Library, ProcessCases
from rms.engine.metric import LearnedMetric, Metric, PlainMetric
from rms.engine.neighbours import Candidates, map_index, write_index
from rms.engine.policy import POLICIES
from rms.engine.result import LibraryReference, printed_facts
from rms.errors import LibraryDamaged, RMSError
from rms.instrument import Instrument, instrument_from

FORMAT = 1
MOST_BYTES_OF_MANIFEST = 64 * 1024**2
MOST_BYTES_OF_INSTRUMENT = 4 * 1024**2
MANIFEST = "manifest.json"
INSTRUMENT = "instrument.toml"
CASE_FILES = ("case_number", "person", "sex", "birth_year", "values")
NO_CASES = Cases(
    np.zeros(0, np.int64),
    np.zeros(0, np.uint64),
    np.zeros(0, np.uint8),
    np.zeros(0, np.int16),
    np.zeros((0, 0)),
)

# Name, size, times of change, inode and device of each file: some of it differs after any change.
FileStates = tuple[tuple[str, int, int, int, int, int], ...]


def write(library: Library, parent: Path) -> Path:
    """Write the library below `parent` and return its folder; an existing folder is not changed."""
    parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".building-", dir=parent))
    try:
        manifest = _write_files(library, draft)
        folder = parent / f"{library.reference.name}-{library.reference.version}-{manifest['sha256'][:12]}"
        if folder.exists():
            load(folder)
        else:
            _write_text(draft / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True))
            draft.chmod(0o755)
            draft.rename(folder)
            _sync(parent)
        return folder
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def load(path: Path) -> Library:
    """The library at `path`, or the only one in it, from a copy in memory: later changes do not reach it.

    Raises
    ------
    LibraryDamaged
        If there is none, there are several, a file is missing, or any byte is not what the manifest says.
    """
    with closing(copied(path)) as copies:
        return loaded(copies)


def copied(path: Path) -> Copies:
    """The files of the library at `path`, or of the only one in it, as copies in memory; not yet verified.

    Raises
    ------
    LibraryDamaged
        If there is no library, there are several, or a file is missing.
    OSError
        If a file cannot be read, or there is no memory for its copy.
    """
    folder = library_folder(path)
    files = [folder / name for name in (MANIFEST, *_manifest(folder / MANIFEST, of=folder.name)["files"])]
    for file in files:
        _refuse_missing(file)
    return sealed_copies(files, name=folder.name)


def loaded(copies: Copies) -> Library:
    """The library of these copies, every byte verified. Of the manifest, what it says is verified.

    Raises
    ------
    LibraryDamaged
        If any byte is not what the manifest says.
    """
    try:
        manifest = _manifest(copies.path(MANIFEST), of=copies.name)
        for name, sha256 in manifest["files"].items():
            _verify(copies.path(name), sha256, file=name, of=copies.name)
        return _loaded(copies, manifest)
    except (KeyError, ValueError, TypeError, OSError, RuntimeError) as error:
        raise LibraryDamaged(f"The library {copies.name} cannot be loaded: {_reason(error)}.") from error


def described(path: Path) -> Library:
    """The manifest and instrument of the library at `path`, without its cases: for when those are damaged.

    Raises
    ------
    LibraryDamaged
        If its manifest or its instrument is damaged too.
    """
    folder = library_folder(path)
    manifest = _manifest(folder / MANIFEST, of=folder.name)
    try:
        _verify(folder / INSTRUMENT, manifest["files"][INSTRUMENT], file=INSTRUMENT, of=folder.name)
        return _described(manifest, _instrument(folder / INSTRUMENT))
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise LibraryDamaged(f"The library {folder.name} cannot be read: {_reason(error)}.") from error


def verify(folder: Path, library: Library) -> None:
    """Read every byte of the folder again. Of the manifest, only what it says counts, not how it is spelled.

    Raises
    ------
    LibraryDamaged
        If it does not hold what `library` was loaded from.
    """
    manifest = _manifest(folder / MANIFEST, of=folder.name)
    if manifest["sha256"] != library.reference.sha256:
        raise LibraryDamaged(f"The folder {folder.name} now has another library. Restart RMS to use it.")
    for name, sha256 in manifest["files"].items():
        _refuse_missing(folder / name)
        _verify(folder / name, sha256, file=name, of=folder.name)


def file_states(folder: Path) -> FileStates | None:
    """What the file system says about each file in the folder, without reading it; None if it cannot be read.

    This includes the time of change (ctime), which no program can set back.
    """
    try:
        with os.scandir(folder) as entries:
            return tuple(sorted(_state(entry) for entry in entries))
    except OSError:
        return None


def check(path: Path) -> list[str]:
    """What is wrong with the library at `path`, as sentences; empty if it is complete and valid."""
    try:
        return list(problems(load(path)))
    except RMSError as error:
        return [error.detail]


def library_folder(path: Path) -> Path:
    """`path` itself if it is a library, else the only library in it."""
    if (path / MANIFEST).is_file():
        return path
    if not path.is_dir():
        raise LibraryDamaged(f"There is no library at {path}: no such folder.")
    folders = folders_in(path)
    if len(folders) == 1:
        return folders[0]
    if not folders:
        raise LibraryDamaged(f"There is no library at {path}: it has no {MANIFEST}.")
    names = ", ".join(folder.name for folder in folders)
    raise LibraryDamaged(
        f"There are several libraries at {path}: {names}. Choose one with `rms library use NAME VERSION`."
    )


def folders_in(path: Path) -> list[Path]:
    """The folders of libraries below `path`, sorted; if it is one itself, it and those beside it."""
    if (path / MANIFEST).is_file():
        return [path, *(folder for folder in folders_in(path.parent) if folder != path)]
    return sorted(entry.parent for entry in path.glob(f"[!.]*/{MANIFEST}"))


def _write_files(library: Library, folder: Path) -> dict[str, Any]:
    """Write everything but the manifest, and return the manifest."""
    _write_text(folder / INSTRUMENT, library.instrument.text)
    for name in CASE_FILES:
        _write_array(folder / f"{name}.npy", getattr(library.cases, name))
    for process in library.processes:
        code = process.process.code
        _write_array(folder / f"{code}.rows.npy", process.rows)
        _write_array(folder / f"{code}.actual.npy", process.actual)
        _write_array(folder / f"{code}.persons.npy", process.candidates.persons)
        _write_array(folder / f"{code}.places.npy", process.candidates.coordinates)
        _write_array(folder / f"{code}.columns.npy", process.candidates.columns)
        _write_array(folder / f"{code}.usual_distances.npy", process.leave_one_out_distances)
        _write_index(folder / f"{code}.faiss", process.candidates.index)
    manifest = {
        **library.manifest,
        "format": FORMAT,
        "name": library.reference.name,
        "version": library.reference.version,
        "instrument": {"name": library.instrument.name, "version": library.instrument.version},
        "policy": library.policy.name,
        "processes": {process.process.code: _process_facts(process) for process in library.processes},
        "need_errors": dict(library.need_errors),
        "files": {file.name: _sha256(file) for file in sorted(folder.iterdir())},
    }
    return {**manifest, "sha256": _content_hash(manifest)}


def _process_facts(process: ProcessCases) -> dict[str, Any]:
    return {
        "label": process.process.label,
        "actual_1": process.process.stayed,
        "actual_2": process.process.returned,
        "one_case_each": process.candidates.one_case_each,
        "metric": _metric_facts(process.metric),
    }


def _metric_facts(metric: Metric) -> dict[str, Any]:
    if isinstance(metric, LearnedMetric):
        return {"tables": [table.as_fact() for table in metric.tables]}
    assert isinstance(metric, PlainMetric)
    return {
        "encodings": [encoding.as_fact() for encoding in metric.encodings],
        "mean": metric.mean.tolist(),
        "variance": metric.variance.tolist(),
    }


def _metric_from(facts: Mapping[str, Any]) -> Metric:
    if "tables" in facts:
        return LearnedMetric(tuple(ContributionTable.from_fact(fact) for fact in facts["tables"]))
    return PlainMetric(
        tuple(Encoding.from_fact(fact) for fact in facts["encodings"]),
        np.array(facts["mean"], float),
        np.array(facts["variance"], float),
    )


def _described(manifest: Mapping[str, Any], instrument: str) -> Library:
    if manifest["format"] != FORMAT:
        raise ValueError(f"format {manifest['format']} is not {FORMAT}")
    return Library(
        reference=LibraryReference(
            name=manifest["name"],
            version=manifest["version"],
            sha256=manifest["sha256"],
            policy=manifest["policy"],
            synthetic=bool(manifest["synthetic"]),
            facts=printed_facts(manifest),
        ),
        instrument=instrument_from(instrument),
        policy=POLICIES[manifest["policy"]],
        cases=NO_CASES,
        processes=(),
        need_errors=manifest["need_errors"],
        manifest=manifest,
    )


def _loaded(copies: Copies, manifest: Mapping[str, Any]) -> Library:
    described = _described(manifest, _instrument(copies.path(INSTRUMENT)))
    return replace(
        described,
        cases=Cases(*(_map(copies, f"{name}.npy") for name in CASE_FILES)),
        processes=tuple(
            _loaded_process(copies, described.instrument, code, facts)
            for code, facts in sorted(
                manifest["processes"].items(),
                key=lambda entry: [p.code for p in described.instrument.processes].index(entry[0]),
            )
        ),
    )


def _loaded_process(
    copies: Copies, instrument: Instrument, code: str, facts: Mapping[str, Any]
) -> ProcessCases:
    metric = _metric_from(facts["metric"])
    return ProcessCases(
        process=next(process for process in instrument.processes if process.code == code),
        rows=_map(copies, f"{code}.rows.npy"),
        actual=_map(copies, f"{code}.actual.npy"),
        metric=metric,
        candidates=Candidates(
            coordinates=_map(copies, f"{code}.places.npy"),
            persons=_map(copies, f"{code}.persons.npy"),  # mapped, not picked out: workers share it
            index=map_index(str(copies.path(f"{code}.faiss"))),
            scale=metric.scale,
            one_case_each=facts["one_case_each"],
            columns=_map(copies, f"{code}.columns.npy"),
        ),
        leave_one_out_distances=_map(copies, f"{code}.usual_distances.npy"),
    )


def _manifest(file: Path, *, of: str) -> dict[str, Any]:
    try:
        manifest = json.loads(content(file, most=MOST_BYTES_OF_MANIFEST))
        declared = manifest["sha256"]
        sound = declared == _content_hash({key: value for key, value in manifest.items() if key != "sha256"})
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise LibraryDamaged(f"The file {MANIFEST} of {of} cannot be read: {_reason(error)}.") from error
    if not sound:
        raise LibraryDamaged(f"The file {MANIFEST} of {of} was changed after it was written.")
    return dict(manifest)


def _instrument(file: Path) -> str:
    return content(file, most=MOST_BYTES_OF_INSTRUMENT).decode()


def _reason(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, OSError) else repr(error)


def _refuse_missing(file: Path) -> None:
    if not file.is_file():
        raise LibraryDamaged(f"The library {file.parent.name} lacks its file {file.name}.")


def _verify(path: Path, sha256: str, *, file: str, of: str) -> None:
    try:
        actual = _sha256(path)
    except OSError as error:
        raise LibraryDamaged(f"The file {file} of {of} cannot be read: {error.strerror}.") from error
    if actual != sha256:
        raise LibraryDamaged(f"The file {file} of {of} was changed after it was written.")


def _state(entry: os.DirEntry[str]) -> tuple[str, int, int, int, int, int]:
    stat = entry.stat()
    return (entry.name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_dev)


def _content_hash(manifest: Mapping[str, Any]) -> str:
    canonical = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _sha256(file: Path) -> str:
    with opened(file, most=MOST_BYTES) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _map(copies: Copies, file: str) -> NDArray[Any]:
    return np.asarray(np.load(copies.path(file), mmap_mode="r", allow_pickle=False))


def _write_array(file: Path, array: NDArray[Any]) -> None:
    saved = io.BytesIO()  # NumPy's own write to a file does not say that the disk is full
    np.save(saved, np.ascontiguousarray(array), allow_pickle=False)
    _write_bytes(file, saved.getbuffer())


def _write_text(file: Path, text: str) -> None:
    _write_bytes(file, text.encode())


def _write_bytes(file: Path, written: bytes | memoryview) -> None:
    with file.open("wb") as stream:
        stream.write(written)
        stream.flush()
        os.fsync(stream.fileno())


def _write_index(file: Path, index: Any) -> None:
    """FAISS reports no error if the disk is full at the last block, but reading the file back fails."""
    try:
        write_index(index, str(file))
        map_index(str(file))
    except RuntimeError as error:
        raise OSError(
            errno.EIO, "The index cannot be written completely. Is the disk full?", str(file)
        ) from error
    _sync(file)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
