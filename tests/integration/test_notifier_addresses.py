"""Where a webhook may lead: addresses are checked at each try, and names are known by their certificates."""

from pathlib import Path
from ssl import SSLContext

import pytest

from notifier.sender import NOWHERE
from notifier.settings import NotifierSettings
from scribeline.outbound.rules import Rules
from tests.support.certificates import Authority
from tests.support.names import Names
from tests.support.sending import FINE, NEW, headers_of, outgoing, sender, verified, web
from tests.support.sites import Site, site

__all__ = ["web"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


INSIDE = ("http://127.0.0.1:{}/hook", "https://127.0.0.1:{}/hook", "https://localhost:{}/hook")


async def test_what_is_inside_looks_like_what_is_not_there(web: Site) -> None:
    async with site({}) as gone:
        pass
    strict = sender(Rules())
    told = [
        await strict(outgoing(url.format(port)))
        for port in (web.port, gone.port)
        for url in (*INSIDE, f"https://{'x' * 64}:{{}}/")
    ]
    assert {answer.error for answer in told} == {NOWHERE}
    assert {answer.body for answer in told} == {""}
    assert (await sender()(outgoing(gone.url("/hook")))).error == NOWHERE
    assert web.asked == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://hooks.example.com/", "must begin with https://"),
        ("https://me:secret@hooks.example.com/", "may hold no user name or password"),
        ("https://hooks.example.com:22/", "has a port that is not allowed"),
        ("ftp://hooks.example.com/", "must begin with http:// or https://"),
        ("nonsense", "must begin with http:// or https://"),
    ],
)
async def test_an_address_that_the_rules_allow_no_more_is_told_so(url: str, told: str) -> None:
    rules = NotifierSettings(webhook_hosts_allowed=("127.0.0.1",), _env_file=None).webhook_rules
    answer = await sender(rules)(outgoing(url))
    assert (answer.status, answer.error) == (None, f"Its address is not allowed any more: it {told}.")


NAME = "hooks.example"


async def test_a_name_that_leads_inside_from_one_try_to_the_next_gains_nothing(web: Site) -> None:
    names = Names("203.0.113.9", "127.0.0.1", "8.8.8.8 127.0.0.1", "::ffff:127.0.0.1", "::1")
    strict = sender(Rules(encrypted=False), names)
    for _ in range(5):
        answer = await strict(outgoing(f"http://{NAME}:{web.port}/hook"))
        assert (answer.status, answer.error) == (None, NOWHERE)
    assert len(names.asked) == 5, "each try asks again"
    assert web.asked == []


async def test_encrypted_it_is_known_by_its_name(authority: Authority) -> None:
    trusted = sender(Rules(frozenset({NAME}), encrypted=True), Names("127.0.0.1"), authority=authority)
    async with site({"/hook": FINE}, authority.server(NAME)) as web:
        answer = await trusted(outgoing(f"https://{NAME}:{web.port}/hook"))
        assert answer.ok, answer.error
        assert headers_of(web.asked[0])["host"] == f"{NAME}:{web.port}"
        assert verified(NEW, web.given[0], headers_of(web.asked[0]))


def _context(ours: Authority, other: Authority, wrong: str) -> SSLContext | None:
    match wrong:
        case "expired":
            return ours.expired(NAME)
        case "name":
            return ours.server("other.example")
        case "authority":
            return other.server(NAME)
    return None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("expired", "Its certificate is not valid: certificate has expired."),
        ("name", f"Its certificate is not valid: Hostname mismatch, certificate is not valid for '{NAME}'."),
        ("authority", "Its certificate is not valid: "),
        ("no TLS", NOWHERE),
    ],
)
async def test_a_certificate_that_is_not_valid_ends_it(
    authority: Authority, tmp_path: Path, wrong: str, told: str
) -> None:
    tls = _context(authority, Authority(tmp_path), wrong)
    trusted = sender(Rules(frozenset({NAME}), encrypted=True), Names("127.0.0.1"), authority=authority)
    async with site({"/hook": FINE}, tls) as web:
        answer = await trusted(outgoing(f"https://{NAME}:{web.port}/hook"))
        assert answer.status is None
        assert answer.error is not None
        assert answer.error.startswith(told)
        assert web.given == []


async def test_proxies_of_the_environment_are_not_asked(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert (await sender()(outgoing(web.url("/hook")))).ok
