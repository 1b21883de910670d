"""What may be asked for on behalf of a user: the internet, and nothing that is inside."""

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

import pytest
from httpcore2 import SOCKET_OPTION, AsyncMockBackend, AsyncNetworkStream, ConnectError, ReadError
from hypothesis import given
from hypothesis import strategies as st

from scribeline.outbound.addresses import Address, is_public
from scribeline.outbound.budget import BudgetedNetwork
from scribeline.outbound.network import GuardedNetwork, pool
from scribeline.outbound.resolver import SystemResolver
from scribeline.outbound.rules import NotAllowed, Rules, ports_of
from tests.support.names import Names

PUBLIC = "93.184.216.34"

INSIDE = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.1 192.0.0.9 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1
203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
64:ff9b::10.0.0.1 64:ff9b::7f00:1 64:ff9b:1::8.8.8.8 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 4000::1 5f00::1
fc00::1 fd00:ec2::254 fe80::1 fe80::1%lo fec0::1 ff02::1 ff0e::1
"""
OUTSIDE = f"""
{PUBLIC} 1.1.1.1 8.8.8.8 9.255.255.255 100.63.255.255 100.128.0.1 172.32.0.1 192.0.1.1 198.20.0.1
223.255.255.254 168.63.129.17 2606:4700:4700::1111 2a00:1450:4001::1 2001:4860:4860::8888
::ffff:8.8.8.8 64:ff9b::8.8.8.8
"""


@pytest.mark.parametrize("address", INSIDE.split())
def test_an_address_that_is_no_host_on_the_internet_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE.split())
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses())
def test_what_python_calls_private_or_multicast_is_never_public(address: Address) -> None:
    assert not (is_public(address) and (address.is_multicast or (address.is_private and not _wraps(address))))


def _wraps(address: Address) -> bool:
    return address.version == 6 and (address.ipv4_mapped is not None or int(address) >> 32 == 0x64FF9B << 64)


class Nowhere(AsyncMockBackend):
    """Remembers where it should have connected to, and connects nowhere."""

    def __init__(self) -> None:
        super().__init__([])
        self.tried: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as in AsyncNetworkBackend
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        self.tried.append((host, port))
        raise ConnectError


async def tried(rules: Rules, url: str) -> list[tuple[str, int]]:
    """Where a request for the URL would connect to, by the names this machine knows."""
    nowhere = Nowhere()
    to = rules.destination(url)
    with pytest.raises(ConnectError):
        await GuardedNetwork(rules, SystemResolver(), nowhere).connect_tcp(to.host, to.port, timeout=5)
    return nowhere.tried


SPELLINGS = """
http://127.0.0.1/ http://127.0.0.1./ http://127.1/ http://127.0.1/ http://0x7f000001/ http://0x7f.1/
http://2130706433/ http://017700000001/ http://0177.0.0.1/ http://0/ http://0x0/ http://0.0.0.0/ http://[::]/
http://[::1]/ http://[0:0:0:0:0:0:0:1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/
http://[::127.0.0.1]/ http://localhost/ http://LOCALHOST/ http://localhost./ http://127。0。0。1/
https://127.0.0.1/ http://10.0.0.1/ http://0xa000001/ http://169.254.169.254/latest/meta-data/
http://2852039166/ http://[fd00:ec2::254]/ http://[64:ff9b::7f00:1]/ http://[2002:7f00:1::]/
http://100.100.100.200/ http://192.168.1.1:8080/ http://①②⑦.⓪.⓪.①/ http://１２７.0.0.1/ http://ⓛocalhost/
"""


@pytest.mark.parametrize("url", SPELLINGS.split())
async def test_no_spelling_of_an_address_inside_is_connected_to(url: str) -> None:
    with suppress(NotAllowed):  # what is no URL is asked of no resolver either
        assert await tried(Rules(), url) == []


@pytest.mark.parametrize(
    ("url", "where"),
    [
        (f"http://{PUBLIC}/a.mp3", (PUBLIC, 80)),
        (f"https://{PUBLIC}./a.mp3", (PUBLIC, 443)),
        (f"http://{int(ip_address(PUBLIC))}:8080/", (PUBLIC, 8080)),
        ("https://[2606:4700:4700::1111]/", ("2606:4700:4700::1111", 443)),
    ],
)
async def test_an_address_outside_is_connected_to(url: str, where: tuple[str, int]) -> None:
    assert await tried(Rules(), url) == [where]


@pytest.mark.parametrize(
    ("url", "sentence"),
    {
        "": "must begin with http:// or https://",
        "/etc/passwd": "must begin with http:// or https://",
        "file:///etc/passwd": "must begin with http:// or https://",
        "ftp://example.com/a.mp3": "must begin with http:// or https://",
        "gopher://example.com/": "must begin with http:// or https://",
        "//example.com/a.mp3": "must begin with http:// or https://",
        "http:///a.mp3": "names no host",
        "http://./a.mp3": "names no host",
        "http:example.com": "names no host",
        f"http://{'a.' * 127}example/": "names no host",
        "http://user:secret@example.com/": "may hold no user name or password",
        "http://user@example.com/": "may hold no user name or password",
        "http://example.com\\@10.0.0.1/": "may hold no user name or password",
        "http://example.com:22/": "has a port that is not allowed",
        "http://example.com:0/": "has a port that is not allowed",
        "http://example.com:65536/": "has a port that is not allowed",
        "http://example.com:80:80/": "is no valid URL",
        "http://exa\tmple.com/": "is no valid URL",
        "http://example.com/a\0b": "is no valid URL",
        "http://example.com/\r\nX: y": "is no valid URL",
        "http://[::1/": "is no valid URL",
        "http://[::1%25lo]/": "is no valid URL",
        "http://[fe80::1%lo]/": "is no valid URL",
        "http://exa%6dple.com/": "is no valid URL",
        "http://example.com%2f@10.0.0.1/": "may hold no user name or password",
        "http://a b.example/": "is no valid URL",
        f"http://example.com/{'a' * 4096}": "is longer than 4096 characters",
    }.items(),
)
def test_a_url_that_is_not_allowed_is_told_why(url: str, sentence: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        Rules().destination(url)
    assert str(refused.value) == sentence


@given(st.text())
def test_any_text_is_a_destination_or_not_allowed(text: str) -> None:
    for url in (text, f"http://{text}", f"https://example.com/{text}"):
        with suppress(NotAllowed):
            assert Rules().destination(url).url.scheme in ("http", "https")


async def test_one_address_inside_among_others_refuses_the_host() -> None:
    nowhere = Nowhere()
    guarded = GuardedNetwork(Rules(), Names(f"{PUBLIC} 10.0.0.1"), nowhere)
    with pytest.raises(ConnectError):
        await guarded.connect_tcp("example.com", 80)
    assert nowhere.tried == []


async def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    names, nowhere = Names(PUBLIC, "127.0.0.1"), Nowhere()
    async with pool(GuardedNetwork(Rules(), names, nowhere)) as connections:
        with pytest.raises(ConnectError):
            await connections.request("GET", "http://example.com:8080/")
        assert nowhere.tried == [(PUBLIC, 8080)]
        assert names.asked == ["example.com"]
        with pytest.raises(ConnectError):
            await connections.request("GET", "http://example.com:8080/")
    assert nowhere.tried == [(PUBLIC, 8080)]


async def test_a_few_addresses_of_a_host_are_tried_in_turn() -> None:
    nowhere = Nowhere()
    many = [f"8.8.8.{last}" for last in range(9)]
    with pytest.raises(ConnectError):
        await GuardedNetwork(Rules(), Names(" ".join(many)), nowhere).connect_tcp("example.com", 80, 5)
    assert [host for host, _ in nowhere.tried] == many[:4]


@pytest.mark.parametrize("hosts", ["localhost", "localhost:8080", "other,localhost"])
async def test_a_host_that_is_trusted_may_be_inside(hosts: str) -> None:
    rules = Rules(frozenset(hosts.split(",")))
    assert ("127.0.0.1", 8080) in await tried(rules, "http://LocalHost.:8080/")


@pytest.mark.parametrize(
    "url", ["http://localhost:8081/", "http://a.localhost:8080/", "http://127.0.0.1:8080/", "http://ahost/"]
)
async def test_only_the_very_name_that_is_trusted_is(url: str) -> None:
    nowhere = Nowhere()
    rules = Rules(frozenset({"localhost:8080", "host"}))
    to = rules.destination(url)
    with pytest.raises(ConnectError):
        await GuardedNetwork(rules, Names("127.0.0.1"), nowhere).connect_tcp(to.host, to.port)
    assert nowhere.tried == []


def test_a_trusted_host_with_its_port_may_have_any_port() -> None:
    rules = Rules(frozenset({"[::1]:22", "media.corp:81", "a.corp"}))
    assert rules.destination("http://media.corp:81/").port == 81
    assert rules.destination("http://[::1]:22/").port == 22
    for url in ("http://a.corp:81/", "http://media.corp:82/"):
        with pytest.raises(NotAllowed):
            rules.destination(url)


async def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    async def hang(host: str, port: int) -> list[Address]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(ConnectError):
        await GuardedNetwork(Rules(), hang, Nowhere()).connect_tcp("example.com", 80, timeout=0.05)


@pytest.mark.parametrize(
    ("location", "leads"),
    [
        ("/b.mp3", "https://example.com/b.mp3"),
        ("b.mp3", "https://example.com/a/b.mp3"),
        ("//cdn.example/b", "https://cdn.example/b"),
        ("https://cdn.example:8443/b#x", "https://cdn.example:8443/b"),
        ("http://example.com/b", None),
        ("ftp://example.com/b", None),
        ("https://me:secret@example.com/b", None),
        ("https://example.com:22/b", None),
        ("https://[::1/", None),
        ("/" + "a" * 5000, None),
    ],
)
def test_a_redirect_is_held_to_the_same_rules_and_keeps_its_encryption(
    location: str, leads: str | None
) -> None:
    rules = Rules()
    origin = rules.destination("https://example.com/a/a.mp3")
    if leads is None:
        with pytest.raises(NotAllowed):
            rules.redirected(origin, location)
    else:
        assert str(rules.redirected(origin, location).url) == leads


def test_ports_are_single_ones_or_ranges() -> None:
    assert ports_of(["80", "1024-65535"]) == (range(80, 81), range(1024, 65536))
    for wrong in ("", "x", "0", "65536", "9-8", "1-2-3", "-1", "٣"):
        with pytest.raises(ValueError, match="is no"):
            ports_of([wrong])


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_connection_with_a_budget_reads_so_many_bytes_and_no_more(encrypted: bool) -> None:
    backend = BudgetedNetwork(10, AsyncMockBackend([b"abcd", b"efgh", b"ij", b"kl"]))
    stream = await backend.connect_tcp("example.com", 443)
    if encrypted:
        stream = await stream.start_tls(ssl.create_default_context())
    assert [await stream.read(4) for _ in range(3)] == [b"abcd", b"efgh", b"ij"]
    with pytest.raises(ReadError):
        await stream.read(1)
