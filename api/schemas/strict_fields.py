"""Fields that accept exactly one format.

The fields of marshmallow accept more: `Integer` accepts "1" and 1.5, `Date` accepts 2025-W01-1, and `String`
accepts NUL and lone surrogates.
"""

from datetime import date
from typing import Any, cast

from marshmallow import ValidationError, fields

from rms.errors import not_allowed, shown, too_many
from rms.parsing import as_whole, date_in, digits_in
from rms.safe_text import is_safe

# What a JSON Schema can express. `is_safe` also refuses noncharacters.
ONE_LINE = r"^[^\u0000-\u001F\u007F-\u009F]*$"


class SafeText(fields.String):
    """One line of 1 to `longest` characters, without control characters."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest
        self.metadata = {"minLength": 1, "maxLength": longest, "pattern": ONE_LINE, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if type(value) is not str:
            raise ValidationError("This must be text.")
        if not 1 <= len(value) <= self.longest:
            raise ValidationError(f"This must have 1 to {self.longest} characters.")
        if not is_safe(value):
            raise ValidationError("This holds control characters or broken ones.")
        return value


class LongText(fields.String):
    """Text of `shortest` to `longest` characters, without control characters except line feeds."""

    def __init__(self, *, shortest: int = 1, longest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shortest, self.longest = shortest, longest
        self.metadata = {"minLength": shortest, "maxLength": longest, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if type(value) is not str:
            raise ValidationError("This must be text.")
        if not self.shortest <= len(value) <= self.longest or len(value.strip()) < self.shortest:
            raise ValidationError(f"This must have {self.shortest} to {self.longest} characters.")
        if not is_safe(value.replace("\n", "")):
            raise ValidationError("This holds control characters or broken ones.")
        return value


class StrictDate(fields.Date):
    """A date as YYYY-MM-DD."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day = date_in(value) if type(value) is str else None
        if day is None:
            raise ValidationError(not_allowed(value, allowed="a date as YYYY-MM-DD"))
        return day


class BoundedInt(fields.Integer):
    """A whole number from `least` to `most`. `read` converts the value that was sent."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most
        self.metadata = {"minimum": least, "maximum": most, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        number = self.read(value)
        if number is not None and self.least <= number <= self.most:
            return number
        raise ValidationError(f"This must be a whole number from {self.least} to {self.most}.")

    def read(self, value: object) -> int | None:
        raise NotImplementedError


class StrictInt(BoundedInt):
    """A whole number without a sign in a query string."""

    def read(self, value: object) -> int | None:
        digits = digits_in(value) if isinstance(value, str) else None
        return None if digits is None else int(digits)


class WholeNumber(BoundedInt):
    """A whole number in a JSON body. JSON has only one type of number, so 30.0 is 30."""

    def read(self, value: object) -> int | None:
        return as_whole(cast(int | float, value)) if type(value) in (int, float) else None


class Flag(fields.Boolean):
    """true or false in a query string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise ValidationError("This must be true or false.")
        return cast(str, value) == "true"


class TrueOrFalse(fields.Boolean):
    """true or false in a JSON body."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is bool:
            return value
        raise ValidationError("This must be true or false.")


class OneOf(fields.String):
    """One of several words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words
        self.metadata = {"enum": list(words), **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if type(value) is not str or value not in self.words:
            raise ValidationError(not_allowed(value, allowed=f"one of {', '.join(self.words)}"))
        return value


class ShortList(fields.List[Any]):
    """A list of up to `most` entries. They are counted before any of them is checked."""

    def __init__(self, inner: fields.Field[Any], *, most: int, **kwargs: Any) -> None:
        super().__init__(inner, **kwargs)
        self.most = most
        self.metadata = {"maxItems": most, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise ValidationError(too_many("entries", most=self.most, given=len(value)))
        return super()._deserialize(value, attr, data, **kwargs)


class Answer(fields.Field[int | float | str]):
    """A number or a text. The instrument checks whether it is an answer to the item.

    JSON has only one type of number, so 1.0 is 1.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | float | str:
        if type(value) not in (int, float, str):
            raise ValidationError(f"{shown(value)} is not allowed.")
        whole = None if type(value) is str else as_whole(value)
        return cast(int | float | str, value if whole is None else whole)
