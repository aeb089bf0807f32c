"""How the force works with its lists: the settings, who decides on them, and what holds for an area."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from api.services.access.offices import areas_in_scope
from api.services.context import Context
from api.services.harm.ready_made import READY_MADE, ReadyMadeList
from api.services.harm.shares import sees_whole_force
from api.storage import Office, PracticeDecision, Transaction
from rms.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from rms.harm.listing import LARGEST_LIST
from rms.harm.practice import FORCE, Choices, Setting, Value, WholeNumber, value_in_force
from rms.records.current import SHOWN_BEFORE_RELEASE

LONGEST_REASON = 1000
LIST_LENGTH = WholeNumber("list_length", LARGEST_LIST, 1, LARGEST_LIST)
FLEX_SUGGESTIONS = WholeNumber("flex_suggestions", 3, 0, 5)
RELEASE_MONTHS = WholeNumber("release_months", SHOWN_BEFORE_RELEASE, 0, 12)
LISTS_IN_USE = Choices("lists_in_use", tuple(one.name for one in READY_MADE))
SETTINGS: Mapping[str, Setting] = {
    one.name: one for one in (LIST_LENGTH, FLEX_SUGGESTIONS, RELEASE_MONTHS, LISTS_IN_USE)
}
NO_SETTING = "There is no such setting."
NO_AREA = "You have no area with this code."
ONLY_FORCE = "Only a supervisor of the whole force sets the default of the force."


@dataclass(frozen=True)
class Override:
    """A decision of an area that is in force."""

    area: Office
    decision: PracticeDecision


@dataclass(frozen=True)
class SettingInForce:
    """A setting with its default, who decided on it (None: it came with RMS), and all overrides by area."""

    setting: Setting
    default: Value
    decision: PracticeDecision | None
    overrides: tuple[Override, ...]


def practice(context: Context) -> tuple[SettingInForce, ...]:
    """Every setting, with every override of the force. It names nobody but who decided."""
    with context.store.reading() as tx:
        areas = {office.id: office for office in tx.offices.all()}
        return tuple(_in_force(tx, setting, areas) for setting in SETTINGS.values())


def setting_named(name: str) -> Setting:
    """
    Raises
    ------
    NotFound
        If there is none.
    """
    if name not in SETTINGS:
        raise NotFound(NO_SETTING)
    return SETTINGS[name]


def whole_number(tx: Transaction, setting: WholeNumber, area: int | None) -> int:
    """The value in force for an area, or for the force."""
    value = _value(tx, setting, area)
    assert isinstance(value, int)
    return value


def release_months(tx: Transaction) -> Mapping[int | None, int]:
    """Months before release from which people in custody are shown, by the key of their home area."""
    decided, above = _decided(tx, RELEASE_MONTHS), tx.practice.above()
    return {
        area: int(value)
        for area in (FORCE, *above)
        if isinstance(value := value_in_force(RELEASE_MONTHS, area, above=above, decided=decided), int)
    }


def ready_made_lists(tx: Transaction, area: int | None) -> tuple[ReadyMadeList, ...]:
    """The ready-made lists in use in an area; each ends after the length that is set, or after its own."""
    in_use, length = _value(tx, LISTS_IN_USE, area), whole_number(tx, LIST_LENGTH, area)
    assert isinstance(in_use, tuple)
    return tuple(
        one if length == LARGEST_LIST else replace(one, criteria={"size": length, **one.criteria})
        for one in READY_MADE
        if one.name in in_use
    )


def lists_in_use(context: Context) -> tuple[ReadyMadeList, ...]:
    """The ready-made lists of a user, as set for their office and what is above it."""
    with context.store.reading() as tx:
        return ready_made_lists(tx, context.user.office)


def areas_to_decide(context: Context) -> tuple[Office, ...]:
    """The areas for which this user may decide."""
    return areas_in_scope(context)


def decide(context: Context, name: str, *, area: str | None, value: object, reason: str) -> None:
    """Set a value for an area (by its code), or the default of the force. `value` None: end the override.

    Raises
    ------
    NotFound
        If there is no such setting, or the user has no such area.
    Forbidden
        If the user may not decide for the force.
    InvalidInput
        If the value or the reason is not valid.
    Conflict
        If nothing would change.
    """
    setting = setting_named(name)
    if area is None and not sees_whole_force(context):
        raise Forbidden(ONLY_FORCE)
    key = FORCE if area is None else _key_of(context, area)
    problems = []
    if not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable():
        detail = f"Give a reason, on one line of up to {LONGEST_REASON:,} characters."
        problems.append(Problem("/reason", "invalid_value", detail))
    chosen: Any = None
    try:
        chosen = None if value is None and key is not FORCE else setting.value_of(value)
    except InvalidInput as refused:
        problems = [*refused.problems, *problems]
    if problems:
        raise InvalidInput(problems)
    with context.store.transaction() as tx:
        decided = _decided(tx, setting)
        if decided.get(key) == chosen and (chosen is None or key in decided):
            raise Conflict("This is so already. Nothing was changed.")
        kept = list(chosen) if isinstance(chosen, tuple) else chosen
        tx.practice.decide(PracticeDecision(name, key, kept, reason.strip(), context.by, context.at))
        if setting is RELEASE_MONTHS:
            tx.practice.custody_is_due()


def _key_of(context: Context, code: str) -> int:
    for area in areas_to_decide(context):
        if area.code == code:
            return area.id
    raise NotFound(NO_AREA)


def _value(tx: Transaction, setting: Setting, area: int | None) -> Value:
    return value_in_force(setting, area, above=tx.practice.above(), decided=_decided(tx, setting))


def _decided(tx: Transaction, setting: Setting) -> Mapping[int | None, Value]:
    """Key of an area → its value. A ready-made list that RMS no longer has is left out."""
    return {
        one.area: _read(setting, one.value)
        for one in tx.practice.in_force(setting.name)
        if one.value is not None
    }


def _read(setting: Setting, kept: Any) -> Value:
    if isinstance(setting, Choices):
        return tuple(option for option in setting.options if option in kept)
    return int(kept)


def _in_force(tx: Transaction, setting: Setting, areas: Mapping[int, Office]) -> SettingInForce:
    decisions = [one for one in tx.practice.in_force(setting.name) if one.value is not None]
    of_force = next((one for one in decisions if one.area is FORCE), None)
    overrides = [Override(areas[one.area], one) for one in decisions if one.area is not None]
    return SettingInForce(
        setting,
        setting.initial if of_force is None else _read(setting, of_force.value),
        of_force,
        tuple(sorted(overrides, key=lambda one: one.area.name)),
    )
