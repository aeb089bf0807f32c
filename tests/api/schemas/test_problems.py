import pytest
from marshmallow import Schema, fields

from api.schemas.problems import loaded
from rms.errors import InvalidInput


class Leg(Schema):
    length = fields.Integer()
    shoe_size = fields.Integer(data_key="shoe")


class Nothing(Schema):
    pass


class Animal(Schema):
    head = fields.Nested(Leg)
    legs = fields.List(fields.Nested(Leg))
    ages = fields.Dict(keys=fields.String(), values=fields.Integer())


@pytest.mark.parametrize(
    ("schema", "body", "pointer", "allowed"),
    [
        (Animal(), {"tail": 1}, "/tail", "head, legs, ages"),
        (Animal(), {"head": {"shoe_size": 1}}, "/head/shoe_size", "length, shoe"),
        (Animal(), {"legs": [{}, {"a/b": 1}]}, "/legs/1/a~1b", "length, shoe"),
        (Nothing(), {"a": 1}, "/a", "none"),
    ],
)
def test_the_message_about_an_unknown_field_lists_the_allowed_fields(
    schema: Schema, body: object, pointer: str, allowed: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        loaded(schema, body)
    [problem] = refused.value.problems
    assert (problem.pointer, problem.code) == (pointer, "unknown_field")
    assert problem.detail.endswith(f": {allowed}.")


@pytest.mark.parametrize(("body", "pointer"), [({"ages": {"a": "old"}}, "/ages/a"), ([], "")])
def test_other_problems_have_pointers_too(body: object, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        loaded(Animal(), body)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
