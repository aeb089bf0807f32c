"""What the fields of these forms ask for: the sentences that stand at them where something else was typed.

One table for each form, field → sentence, in the order of the page.
"""

from collections.abc import Mapping

from api.services.systems.service_accounts import LONGEST_DAYS

Sentences = Mapping[str, str]

PASSWORD: Sentences = {"password": "Enter a password of 15 to 256 characters."}
OWN_PASSWORD: Sentences = {"password": "Enter your password."}
CODE: Sentences = {"code": "Enter the six digits that your authenticator shows now."}
ROLE_AND_OFFICE: Sentences = {"role": "Choose a role.", "office": "Choose an office."}
USER: Sentences = {
    "username": "Enter a username of 1 to 64 letters, digits and any of . _ @ -, a letter or a digit first.",
    **ROLE_AND_OFFICE,
    **PASSWORD,
}
OFFICE: Sentences = {
    "name": "Enter a name for the office, of up to 64 characters that can be printed.",
    "parent": "Choose the office that it is below.",
}
BAND: Sentences = {
    "name": "Enter a name for the band, of up to 64 characters that can be printed.",
    "process": "Choose whose score it is a band of, recidivism or violence.",
    "low": "Enter where the band begins: a score from 1.00 to 2.00 with at most two decimals.",
    "high": "Enter where the band ends: a score from 1.00 to 2.00 with at most two decimals.",
    "owner": "Enter who answers for the band, in up to 100 characters that can be printed.",
    "expires_on": "Enter the day on which the band expires: a real day with a year of four digits.",
    "rate": "Enter what percent had an actual of 2: from 0 to 100, such as 41.5.",
    "n": "Enter of how many people that is: a whole number from 1 on.",
    "period": "Enter the period that was measured, in up to 100 characters that can be printed.",
    "library": "Enter which library was in use then, in up to 100 characters that can be printed.",
}
SYSTEM: Sentences = {
    "name": "Enter a name of 1 to 64 letters, digits and any of . _ @ -, a letter or a digit first."
}
CREDENTIAL: Sentences = {
    "kind": "Choose a key or a client secret.",
    "name": "Enter what it is for, in up to 64 characters that can be printed.",
    "scopes": "Choose what it may do: one thing or more.",
    "days": f"Enter for how many days it is good: a whole number from 1 to {LONGEST_DAYS}.",
}
ERASURE: Sentences = {
    "offender_number": "Enter an offender number: up to 20 letters and digits.",
    "reason_code": "Choose the reason.",
    "text": "Say in words why, on one line of up to 1,000 characters.",
}
HOLD: Sentences = {
    "reason": "Say who needs the records, and what for, on one line of up to 1,000 characters."
}
DECISION: Sentences = {
    "decision": "Choose whether you agree.",
    "text": "Say why, in up to 2,000 characters.",
}
RECORD: Sentences = {
    "actor": "Enter a username of up to 100 characters.",
    "action": "Enter what was done in up to 100 characters, such as assessment.read.",
    "object_kind": "Say of what kind of thing the key is, such as user.",
    "object_key": "Enter a key of up to 100 characters.",
    "from": "Enter a real day with a year of four digits, such as 27 3 2026, to begin from.",
    "to": "Enter a real day with a year of four digits, such as 27 3 2026, to end with.",
}
RECORD_OF_PERSON: Sentences = {
    "person": "Enter an offender number: up to 20 letters and digits.",
    "actor": "Enter a username of up to 100 characters.",
}
HEAD: Sentences = {
    "head": "Enter the end of the record as you wrote it down: an entry’s number, a colon, and its hash."
}
REVERSED: Sentences = {  # two fields that do not go together, told at either
    "low": "Enter a score to begin from that is not above the one to end with.",
    "high": "Enter a score to end with that is not below the one to begin from.",
    "from": "Enter a day to begin from that is not after the day to end with.",
}
