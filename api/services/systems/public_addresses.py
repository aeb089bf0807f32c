"""Which addresses are public, that is, reachable from the whole Internet.

The tables are the entries of IANA's two registries of special-purpose addresses that are not globally
reachable: https://www.iana.org/assignments/iana-ipv4-special-registry/ and .../iana-ipv6-special-registry/.
Python's `ipaddress` has an old copy: in 3.11 it treats 3fff::/20 as public, as netaddr 1.3 does. It is used
as well, because a later Python may know more.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

NOT_PUBLIC_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network (RFC 791)
            "10.0.0.0/8",  # private use (RFC 1918)
            "100.64.0.0/10",  # shared by a provider's customers (RFC 6598)
            "127.0.0.0/8",  # this machine (RFC 1122)
            "168.63.129.16/32",  # in no registry: an agent on the hosts of one cloud
            "169.254.0.0/16",  # this link (RFC 3927), and the metadata of most clouds
            "172.16.0.0/12",  # private use (RFC 1918)
            "192.0.0.0/24",  # protocol assignments (RFC 6890); one cloud has agents there
            "192.0.2.0/24",  # documentation (RFC 5737)
            "192.88.99.0/24",  # relays of 6to4, deprecated (RFC 7526)
            "192.168.0.0/16",  # private use (RFC 1918)
            "198.18.0.0/15",  # benchmarks (RFC 2544)
            "198.51.100.0/24",  # documentation (RFC 5737)
            "203.0.113.0/24",  # documentation (RFC 5737)
            "224.0.0.0/4",  # multicast (RFC 5771)
            "240.0.0.0/4",  # reserved, and broadcast (RFC 1112, RFC 8190)
        ),
    )
)
# All that IANA has assigned for public use. Everything else is special: loopback, unique local (fc00::/7),
# link local (fe80::/10), site local (fec0::/10), multicast (ff00::/8), discard (100::/64), local translation
# (64:ff9b:1::/48), segment routing (5f00::/16).
PUBLIC_IPV6 = IPv6Network("2000::/3")
NOT_PUBLIC_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments (RFC 2928): Teredo, benchmarks, ORCHID and others
            "2001:db8::/32",  # documentation (RFC 3849)
            "2002::/16",  # 6to4 (RFC 3056): leads to any IPv4 address; deprecated
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052


def is_public(address: str) -> bool:
    """Whether the address is public, in any notation.

    >>> is_public("203.0.114.1"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return _is_public_ipv4(parsed)
    if parsed.scope_id is not None:  # a zone, as in fe80::1%eth0, has a meaning on this machine only
        return False
    embedded = _embedded(parsed)
    return _is_public_ipv6(parsed) if embedded is None else _is_public_ipv4(embedded)


def _is_public_ipv4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in NOT_PUBLIC_IPV4)


def _is_public_ipv6(address: IPv6Address) -> bool:
    special = any(address in network for network in NOT_PUBLIC_IPV6)
    return address.is_global and address in PUBLIC_IPV6 and not special


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address in a mapped or translated address; None for any other."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped
