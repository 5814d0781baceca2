"""The guard's decision about one address, as a table."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.net.addresses import is_allowed

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"],
)
def test_global_addresses_are_reached(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.255.0.9", id="all of loopback"),
        pytest.param("0.0.0.0", id="unspecified"),  # noqa: S104
        pytest.param("0.1.2.3", id="this network"),
        pytest.param("10.0.0.1", id="private 10"),
        pytest.param("172.16.5.4", id="private 172"),
        pytest.param("192.168.1.1", id="private 192"),
        pytest.param("169.254.169.254", id="cloud metadata"),
        pytest.param("100.64.0.1", id="carrier NAT"),
        pytest.param("192.0.0.8", id="protocol assignments"),
        pytest.param("192.88.99.1", id="6to4 relay"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("239.255.255.250", id="multicast, administrative"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("::", id="v6 unspecified"),
        pytest.param("::1", id="v6 loopback"),
        pytest.param("fe80::1", id="link-local"),
        pytest.param("fe80::1%eth0", id="link-local with scope"),
        pytest.param("fec0::1", id="site-local"),
        pytest.param("fd00::1", id="unique local"),
        pytest.param("ff02::1", id="v6 multicast"),
        pytest.param("ff0e::1", id="v6 global multicast"),
        pytest.param("::ffff:127.0.0.1", id="mapped loopback"),
        pytest.param("::ffff:10.0.0.1", id="mapped private"),
        pytest.param("::127.0.0.1", id="compatible loopback"),
        pytest.param("64:ff9b::7f00:1", id="NAT64 loopback"),
        pytest.param("64:ff9b::a9fe:a9fe", id="NAT64 metadata"),
        pytest.param("64:ff9b:1::7f00:1", id="local NAT64"),
        pytest.param("2002:7f00:1::", id="6to4 loopback"),
        pytest.param("2002:c0a8:101::1", id="6to4 private"),
        pytest.param("2001:0:7f00:1::1", id="Teredo"),
        pytest.param("2001:db8::1", id="documentation"),
        pytest.param("localhost", id="a name is no address"),
        pytest.param("", id="nothing"),
        pytest.param("127.1", id="short form"),
        pytest.param("0x7f000001", id="hexadecimal"),
    ],
)
def test_everything_else_is_refused(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "93.184.216.34"])
def test_a_listed_network_is_open(address: str) -> None:
    assert is_allowed(address, LOOPBACK)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "fd00::1", "64:ff9b::a00:1"])
def test_a_listed_network_opens_no_other(address: str) -> None:
    assert not is_allowed(address, LOOPBACK)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_as_itself(inner: object) -> None:
    direct = is_allowed(str(inner))
    assert is_allowed(f"::ffff:{inner}") == direct
    assert is_allowed(f"64:ff9b::{inner}") == direct
