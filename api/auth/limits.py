"""How many requests an account may send, and how many a stranger at one address."""

from ipaddress import IPv6Address, ip_address

from flask import Flask, Response, g, request

from api.current import services
from api.services.accounts import User
from api.services.rate import Allowance, TooManyRequests

# Monitoring must always get an answer. Styles and scripts are not counted: the door lets them through before.
NEVER_LIMITED = frozenset({"state.health", "state.ready"})
NETWORK = 64  # the bits of an IPv6 address that a household or a company shares


def register(app: Flask) -> None:
    app.after_request(_tell)


def count(user: User | None) -> None:
    """Count this request.

    Raises
    ------
    TooManyRequests
        If there were too many.
    """
    if request.endpoint in NEVER_LIMITED:
        return
    works_with = services()
    at, limits = works_with.clock(), works_with.limits
    try:
        if user is not None:
            g.allowance = limits.accounts.take(str(user.id), at=at)
        else:
            g.allowance = limits.strangers.take(origin(request.remote_addr or ""), at=at)
    except TooManyRequests as refused:
        g.allowance = refused.allowance
        raise


def origin(address: str) -> str:
    """Where a request comes from: of an IPv6 address, the network, for one caller has all of it.

    >>> origin("192.0.2.7"), origin("2001:db8:1:2:3:4:5:6"), origin("::ffff:192.0.2.7"), origin("")
    ('192.0.2.7', '2001:db8:1:2::', '192.0.2.7', '')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    host_bits = parsed.max_prefixlen - NETWORK
    return str(IPv6Address(int(parsed) >> host_bits << host_bits))


def _tell(response: Response) -> Response:
    allowance: Allowance | None = g.get("allowance")
    if allowance is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["RateLimit-Reset"] = str(allowance.reset)
    return response
