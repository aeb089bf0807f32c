"""The logic model in use: the agency's own file, or the one that comes with RMS."""

from pathlib import Path

from reference_library import regular_files
from rms.encodings import not_utf8
from rms.errors import InvalidInput, Problem
from rms.support.logic_model import LogicModel, logic_model_from, shipped_logic_model

FILE = "logic_model.toml"
MOST_BYTES = 1024**2


def logic_model_in(folder: Path) -> LogicModel:
    """The model in the file `logic_model.toml` of this folder, or that of RMS without one.

    Raises
    ------
    InvalidInput
        If the file has problems; each pointer starts with the name of the file.
    """
    path = folder / FILE
    if not path.exists():
        return shipped_logic_model()
    content = regular_files.content(path, most=MOST_BYTES)
    try:
        return logic_model_from(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidInput([Problem(f"/{FILE}", "not_utf8", not_utf8(FILE, content))]) from error
    except InvalidInput as error:
        raise InvalidInput(
            Problem(f"/{FILE}{one.pointer}", one.code, one.detail) for one in error.problems
        ) from error
