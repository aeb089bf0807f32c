"""A small instrument that is sound, and edits of it."""

SOUND = """
name = "small"
version = "1"
title = "A small form"
description = "Three items."
[sections]
now = "Now"

[[items]]
code = "age"
label = "Age"
kind = "date"
source = "date_of_birth"
section = "now"
dynamic = false

[[items]]
code = "drug"
label = "Drug use"
kind = "ordinal"
section = "now"
dynamic = true
need = "DRUG"
levels = [{ value = 0, label = "None" }, { value = 1, label = "Some" }]

[[items]]
code = "moves"
label = "Moves"
column = "address_changes"
kind = "count"
section = "now"
dynamic = true
minimum = 0
maximum = 50

[[needs]]
code = "DRUG"
label = "Drug use"
item = "drug"

[[processes]]
code = "recidivism"
label = "Recidivism"
stayed = "No arrest."
returned = "An arrest."
outcome = { column = "arrested", stayed = ["0"], returned = ["1"] }

[csv]
case_number = "id"
person = "id"
audit_only = ["colour"]
benchmark_only = ["old_score"]

[comparables]
other = "moves"
"""


def edited(old: str, new: str) -> str:
    assert SOUND.count(old) == 1, f"{old!r} must occur once"
    return SOUND.replace(old, new)
