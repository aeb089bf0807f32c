"""What no webhook may lead to, entry by entry of IANA's registries of special-purpose addresses."""

from ipaddress import ip_network

import pytest

from api.services.systems.public_addresses import is_public

SPECIAL = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
    *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
    *("::/128", "::1/128", "::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32"),
    *("2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32", "2002::/16"),
    *("3fff::/20", "4000::/2", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
)
PUBLIC = (
    *("8.8.8.8", "100.63.255.255", "100.128.0.0", "172.32.0.0", "192.0.1.0", "198.17.255.255"),
    *("198.20.0.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "192.31.196.1"),
    *("2606:4700:4700::1111", "2001:200::1", "2001:db9::1", "2003::1", "2620:4f:8000::1", "3ffe:ffff::1"),
    *("::ffff:8.8.8.8", "64:ff9b::808:808"),
)


@pytest.mark.parametrize("network", SPECIAL)
def test_no_address_of_a_special_range_is_public(network: str) -> None:
    range_ = ip_network(network)
    ends = (range_[0], range_[range_.num_addresses // 2], range_[-1])
    assert not any(is_public(str(address)) for address in ends)


@pytest.mark.parametrize("network", [one for one in SPECIAL if ":" not in one])
def test_nor_where_ipv6_leads_to_one(network: str) -> None:
    first = int(ip_network(network)[0])
    high, low = first >> 16, first & 0xFFFF
    teredo = f"2001:0:808:808:0:0:{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}"
    for written in (
        *(f"::ffff:{high:x}:{low:x}", f"64:ff9b::{high:x}:{low:x}", f"2002:{high:x}:{low:x}::1"),
        *(teredo, f"::{high:x}:{low:x}", f"64:ff9b:1::{high:x}:{low:x}"),
    ):
        assert not is_public(written), written


@pytest.mark.parametrize(
    "written", ["fe80::1%eth0", "2606:4700:4700::1111%eth0", "nonsense", "", "8.8.8.8/32"]
)
def test_what_is_no_address_of_the_internet(written: str) -> None:
    assert not is_public(written)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)
