"""The origin of requests: an IPv4 address or an IPv6 network."""

from ipaddress import IPv6Address, ip_address

NETWORK = 64  # the bits of an IPv6 address that a household or a company shares


def origin(address: str) -> str:
    """The origin of a request. Of an IPv6 address it is the network, because one caller has all of it.

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
