"""The week of the people who work with the offender list, step by step."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A step: its name in a few words, and what is done in a sentence or two."""

    name: str
    what: str


WEEK = (
    Step(
        "Open the list",
        "RMS calculates the harm scores on a fixed day of the week. Open the offender list of your area. "
        "Look at the day that the data describe: each page says it.",
    ),
    Step(
        "Look at the person",
        "Open a person. Read the records and offences behind the score. The page shows every point of it. "
        "Check what is not in RMS, and correct what is wrong at its source.",
    ),
    Step(
        "Decide in the meeting",
        "Recommend that the person is selected or deselected, with your reasons. A supervisor of the area "
        "decides, and never the one who recommended. RMS decides nothing.",
    ),
    Step(
        "Record it",
        "RMS keeps the decision, its reason, and the score of that day. Close the meeting to keep its "
        "minutes. Change the plan or the registration in the system where it belongs.",
    ),
    Step(
        "See what moved",
        "Next month, look at who has moved to another band, who was selected and deselected, and why. Then "
        "begin again with the list.",
    ),
)
