"""An offender number in the address of a page is encrypted, for this user only.

So no log of a proxy, history or bookmark has the number, and Back, reload and bookmarks work. Each address
has other bytes, so nobody can find a number by trying numbers and comparing addresses.
"""

from collections.abc import Iterable, Iterator

from flask import current_app, g

from api.services.access.encryption import Cipher, for_address, from_address

NUMBER, PARAMETER = "offender_number", "number"  # the criterion, and its name in an address
PADDED = 32  # characters, so that the length of the address does not give away that of the number


def sealed(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The parameters of an address, with an offender number encrypted."""
    for name, text in pairs:
        yield (PARAMETER, _encrypted(text)) if name == NUMBER and text else (name, text)


def number_in(text: str) -> str | None:
    """The number in the parameter `number` of an address; None if it was not made for this user."""
    try:
        plain = _cipher().decrypt(from_address(text), whose=str(g.user.id))
    except ValueError:
        return None
    return None if plain is None else plain.decode().rstrip()


def _encrypted(number: str) -> str:
    return for_address(_cipher().encrypt(number.ljust(PADDED).encode(), whose=str(g.user.id)))


def _cipher() -> Cipher:
    return Cipher(str(current_app.secret_key), purpose="offender number in an address")
