"""List, add, move and rename offices."""

from collections.abc import Iterable, Iterator, Mapping

from api.services.context import Context
from api.services.users import REACH
from api.storage import AGENCY, Office, Reach, Transaction
from rms.errors import Conflict, InvalidInput, LimitReached, NotFound, Problem, listed
from rms.people.offices import MOST_LEVELS, MOST_OFFICES, OfficeTree, in_tree_order


def offices(context: Context) -> tuple[Office, ...]:
    """Every office, by name."""
    with context.store.reading() as tx:
        return tx.offices.all()


def office_names(context: Context) -> Mapping[int, str]:
    """Key → name of every office, by name."""
    return {office.id: office.name for office in offices(context)}


def as_tree(offices: Iterable[Office]) -> Iterator[tuple[int, Office]]:
    """These offices and their depth, each before those below it. Those below none of them have depth 0."""
    by_key = {office.id: office for office in offices}
    for depth, key in in_tree_order({office.id: office.parent for office in by_key.values()}):
        yield depth, by_key[key]


def areas_in_scope(context: Context) -> tuple[Office, ...]:
    """The areas where the people of this user may live, by name: their office and those below it.

    Every area, if the user sees people by caseload, or if their office has no areas: such people may live
    anywhere.
    """
    with context.store.reading() as tx:
        areas = tuple(office for office in tx.offices.all() if office.code)
        if REACH[context.user.role] is not Reach.OFFICES:
            return areas
        seen = tx.offices.below(context.user.office)
    return tuple(area for area in areas if area.id in seen) or areas


def office_named(name: str, tx: Transaction, *, at: str) -> Office:
    """The office that a field names; `at` is the pointer to the field.

    Raises
    ------
    InvalidInput
        If there is no such office; the message lists the offices.
    """
    office = tx.offices.named(name)
    if office is None:
        names = listed(office.name for office in tx.offices.all())
        detail = f"There is no office with this name. Use one of: {names}."
        raise InvalidInput([Problem(at, "unknown_office", detail)])
    return office


def add_office(context: Context, name: str, *, parent: str | None) -> Office:
    """Add an office below another; without `parent`, below the top office.

    Raises
    ------
    InvalidInput
        If there is no such parent office, or the new one would be too far below the top.
    Conflict
        If the name is taken.
    LimitReached
        If there are MOST_OFFICES.
    """
    with context.store.transaction() as tx:
        tree = tx.offices.tree()
        if len(tree) >= MOST_OFFICES:
            raise LimitReached(f"RMS can have up to {MOST_OFFICES:,} offices and areas.")
        above = AGENCY if parent is None else office_named(parent, tx, at="/parent").id
        _check_depth(tree, above)
        return tx.offices.add(name, parent=above, by=context.by, at=context.at)


def move_office(context: Context, name: str, *, parent: str) -> Office:
    """Move an office, with all offices below it, below another. Supervisors of that one see its people.

    Raises
    ------
    NotFound
        If there is no such office.
    InvalidInput
        If there is no such parent office, if it is below the moved one, or if the moved one or an office
        below it would be too far below the top.
    Conflict
        If it is the top office.
    """
    with context.store.transaction() as tx:
        tree, office = tx.offices.tree(), _named(name, tx)
        if office.id == AGENCY:
            raise Conflict("The top office cannot be moved below another.")
        above = office_named(parent, tx, at="/parent")
        if tree.holds(office.id, above.id):
            detail = "An office cannot be below itself or below one of its own offices."
            raise InvalidInput([Problem("/parent", "below_itself", detail)])
        _check_depth(tree, above.id, office.id)
        tx.offices.move(office, parent=above.id, by=context.by, at=context.at)
    return Office(office.id, office.name, above.id)


def rename_office(context: Context, name: str, *, new: str) -> Office:
    """
    Raises
    ------
    NotFound
        If there is no such office.
    Conflict
        If the new name is taken.
    """
    with context.store.transaction() as tx:
        office = _named(name, tx)
        tx.offices.rename(office, new, by=context.by, at=context.at)
    return Office(office.id, new, office.parent)


def _check_depth(tree: OfficeTree, parent: int, office: int | None = None) -> None:
    if tree.is_too_deep(parent, office):
        whose = "The office" if office is None else "The office, or one below it,"
        detail = (
            f"{whose} would be more than {MOST_LEVELS} levels below the top office. Choose one further up."
        )
        raise InvalidInput([Problem("/parent", "too_deep", detail)])


def _named(name: str, tx: Transaction) -> Office:
    office = tx.offices.named(name)
    if office is None:
        raise NotFound("There is no office with this name.")
    return office
