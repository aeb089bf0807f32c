"""Error messages of the forms, which say what each field needs.

One table for each form, field → message, in the order of the page.
"""

from collections.abc import Mapping

from api.services.systems.service_accounts import LONGEST_DAYS

Messages = Mapping[str, str]

SIGN_IN: Messages = {"username": "Enter your username.", "password": "Enter your password."}
PASSWORD: Messages = {"password": "Enter a password of 15 to 256 characters."}
OWN_PASSWORD: Messages = {"password": "Enter your password."}
CHANGED_PASSWORD: Messages = {
    "current": "Enter your current password.",
    "new": "Enter a new password.",
    "again": "Enter your new password again.",
}
CODE: Messages = {"code": "Enter the 6-digit code from your authenticator app."}
CODE_AT_SIGN_IN: Messages = {
    "code": "Enter the 6-digit code from your authenticator app, or a recovery code."
}
ROLE_AND_OFFICE: Messages = {"role": "Select a role.", "office": "Select an office."}
USER: Messages = {
    "username": "Enter a username of up to 64 letters, numbers or . _ @ -, with a letter or number first.",
    **ROLE_AND_OFFICE,
    **PASSWORD,
}
OFFICE: Messages = {
    "name": "Enter a name for the office, using up to 64 characters.",
    "parent": "Select the parent office.",
}
BAND: Messages = {
    "name": "Enter a name for the score range, using up to 64 characters.",
    "process": "Select the score that the range is for.",
    "low": "Enter the lowest score of the range, from 1.00 to 2.00 with up to 2 decimal places.",
    "high": "Enter the highest score of the range, from 1.00 to 2.00 with up to 2 decimal places.",
    "owner": "Enter who is responsible for the score range, using up to 100 characters.",
    "expires_on": "Enter the expiry date: a real date with a 4-digit year.",
    "rate": "Enter the percentage of people who had the outcome, from 0 to 100, such as 41.5.",
    "n": "Enter how many people were measured: a whole number of 1 or more.",
    "period": "Enter the period measured, using up to 100 characters.",
    "library": "Enter the library used for the measurement, using up to 100 characters.",
}
SYSTEM: Messages = {
    "name": "Enter a name of up to 64 letters, numbers or . _ @ -, with a letter or number first."
}
CREDENTIAL: Messages = {
    "kind": "Select key or client secret.",
    "name": "Enter what it is for, using up to 64 characters.",
    "scopes": "Select at least one permission.",
    "days": f"Enter how many days it will be valid: a whole number from 1 to {LONGEST_DAYS}.",
}
ERASURE: Messages = {
    "person": "Enter an offender number of up to 20 letters and numbers, or the address of a person’s page.",
    "reason_code": "Select a reason.",
    "text": "Explain the reason, on one line of up to 1,000 characters.",
}
ALLOWED_RECORD: Messages = {
    "source": "Enter the name of the source system, using up to 64 characters.",
    "source_id": "Enter the ID of the person in the source system, using up to 64 characters.",
    "reason": "Explain the reason, on one line of up to 1,000 characters.",
}
DECISION_ON_DUPLICATES: Messages = {"reason": "Enter the reason, on one line of up to 1,000 characters."}
SUSPECTS: Messages = {"reason": "Explain the reason, on one line of up to 1,000 characters."}
HOLD: Messages = {"reason": "Enter who needs the records and why, on one line of up to 1,000 characters."}
DECISION: Messages = {
    "decision": "Select whether you agree.",
    "text": "Explain your decision in up to 2,000 characters.",
}
AUDIT_SEARCH: Messages = {
    "actor": "Enter a username of up to 100 characters.",
    "action": "Enter an action of up to 100 characters, such as assessment.read.",
    "object_kind": "Enter an object type of up to 100 characters, such as user. An object ID needs one.",
    "object_key": "Enter an object ID of up to 100 characters.",
    "from": "The start date must be a real date with a 4-digit year, such as 27 3 2026.",
    "to": "The end date must be a real date with a 4-digit year, such as 27 3 2026.",
}
AUDIT_OF_PERSON: Messages = {
    "person": "Enter an offender number of up to 20 letters and numbers, or the address of a person’s page.",
    "actor": "Enter a username of up to 100 characters.",
}
AUDIT_HEAD: Messages = {"head": "Enter the last entry as you noted it: its number, a colon and its hash."}
REVERSED: Messages = {  # messages for two fields in the wrong order, shown at either
    "low": "The lowest score must not be above the highest score.",
    "high": "The highest score must not be below the lowest score.",
    "from": "The start date must not be after the end date.",
}
