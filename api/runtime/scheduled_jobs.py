"""The jobs of schedules: a file of an offender list, and harm scores."""

import hashlib
import json

from api.schemas.harm.offender_list import HarmListSchema, filter_from
from api.schemas.problems import loaded
from api.services.access.encryption import OpaqueKeys
from api.services.harm.list_files import make_spreadsheet
from api.services.harm.refreshing import refresh_steps
from api.services.harm.rules import HarmRules
from api.services.transfer.export_files import XLSX
from api.services.transfer.jobs import JobFailed, JobResult, Progress, Steps, Work
from rms.errors import InvalidInput

JSON = "application/json"


class ListExportFailed(JobFailed):
    """The list cannot be made, for a reason that the one who set the schedule can act on."""

    code = "list_export_failed"


def make_list_file(work: Work, *, rules: HarmRules, ids: OpaqueKeys) -> Steps:
    """The spreadsheet of a list, with the people whom the owner of the job may see."""
    yield Progress(0)
    context = work.context
    try:
        filter = filter_from(
            loaded(HarmListSchema(), dict(work.job.request["criteria"])), rules.table, today=context.today
        )
        content = make_spreadsheet(context, filter, rules=rules, person_id=ids.text)
    except InvalidInput as error:
        raise ListExportFailed(" ".join(one.detail for one in error.problems)) from error
    work.result.write_bytes(content)
    name = f"offender-list-{work.job.request['due_on']}.xlsx"
    return JobResult(name, XLSX, sha256=hashlib.sha256(content).hexdigest())


def refresh(work: Work, *, rules: HarmRules) -> Steps:
    """Calculate the harm scores as at today. If it is stopped, it goes on after its last block."""
    steps = refresh_steps(work.context, day=work.context.today, rules=rules)
    while True:
        try:
            yield Progress(next(steps))
        except StopIteration as end:
            refreshed = end.value
            break
    outcome = {"day": refreshed.day.isoformat(), "scored": refreshed.scored}
    work.result.write_text(json.dumps(outcome), encoding="utf-8")
    return JobResult("harm_refresh.json", JSON, outcome)
