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
    ("schema", "body", "pointer", "takes"),
    [
        (Animal(), {"tail": 1}, "/tail", "head, legs, ages"),
        (Animal(), {"head": {"shoe_size": 1}}, "/head/shoe_size", "length, shoe"),
        (Animal(), {"legs": [{}, {"a/b": 1}]}, "/legs/1/a~1b", "length, shoe"),
        (Nothing(), {"a": 1}, "/a", "none"),
    ],
)
def test_a_field_that_there_is_not_is_told_with_those_that_there_are(
    schema: Schema, body: object, pointer: str, takes: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        loaded(schema, body)
    [problem] = refused.value.problems
    assert (problem.pointer, problem.code) == (pointer, "unknown_field")
    assert problem.detail == f"There is no such field; this takes {takes}."


@pytest.mark.parametrize(("body", "pointer"), [({"ages": {"a": "old"}}, "/ages/a"), ([], "")])
def test_other_problems_keep_their_places(body: object, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        loaded(Animal(), body)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
