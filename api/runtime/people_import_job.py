"""The job of an import of case records: its files are imported batch by batch."""

import json

from api.services.records.folders import ZippedFolder
from api.services.records.importing import UNPACKED_BYTES, import_steps
from api.services.transfer.jobs import JobFailed, JobResult, Progress, Steps, Work
from api.storage import RecordMarks
from rms.errors import Conflict, InvalidInput
from rms.records.reading import place

NDJSON = "application/x-ndjson"
MOST_SAID = 20  # problems


class PeopleImportFailed(JobFailed):
    """The folder cannot be imported, for a reason that its sender can act on."""

    code = "people_import_failed"


def import_people(work: Work) -> Steps:
    """Import the folder. An earlier attempt is resumed after its last batch."""
    try:
        folder = ZippedFolder(work.input, most=UNPACKED_BYTES)
        steps = import_steps(work.context, folder, marks=RecordMarks(work.secret))
        done = 0
        while True:
            try:
                next(steps)
            except StopIteration as end:
                report = end.value
                break
            done += 1
            yield Progress(done)
    except InvalidInput as error:
        raise PeopleImportFailed(
            " ".join(": ".join(filter(None, (place(one), one.detail))) for one in error.problems[:MOST_SAID])
        ) from error
    except Conflict as error:
        raise PeopleImportFailed(error.detail) from error
    with work.result.open("w", encoding="utf-8") as file:
        for one in report.files:
            for problem in one.problems:
                file.write(f"{json.dumps(vars(problem))}\n")
    return JobResult("people_import.ndjson", NDJSON, report.counts)
