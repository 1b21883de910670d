"""The operator's page: how it is served, and what its files do not do."""

import re
from importlib.resources import files

import httpx2
import pytest

from tests.support.gateway import Desk, settings

WEB = {file.name: file.read_text(encoding="utf-8") for file in files("gateway").joinpath("web").iterdir()}
SCRIPTS = sorted(name for name in WEB if name.endswith(".js"))
KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
ADDRESSES = {"/admin": "admin.html", "/admin/": "admin.html", **{f"/admin/{name}": name for name in WEB}}


@pytest.fixture
def client() -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(Desk(settings()).app)
    return httpx2.AsyncClient(transport=transport, base_url="http://g")


@pytest.mark.parametrize("address", ADDRESSES)
async def test_each_file_is_served_without_a_key_as_what_it_is(
    client: httpx2.AsyncClient, address: str
) -> None:
    name = ADDRESSES[address]
    answer = await client.get(address)
    assert (answer.status_code, answer.text) == (200, WEB[name])
    assert answer.headers["content-type"] == f"{KINDS[name.rpartition('.')[2]]}; charset=utf-8"


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_browser_is_told_to_run_nothing_else_and_to_show_it_in_no_frame(
    client: httpx2.AsyncClient, address: str
) -> None:
    headers = (await client.get(address)).headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert (rules["default-src"], rules["script-src"], rules["style-src"]) == ("'none'", "'self'", "'self'")
    assert (rules["connect-src"], rules["form-action"], rules["frame-ancestors"]) == (
        "'self'", "'none'", "'none'",
    )  # fmt: skip
    assert rules["require-trusted-types-for"] == "'script'"
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


async def test_it_is_kept_and_asked_about_and_head_is_get_without_a_body(client: httpx2.AsyncClient) -> None:
    first = await client.get("/admin/page.js")
    assert first.headers["cache-control"] == "no-cache"
    etag = first.headers["etag"]
    for given in (etag, f"W/{etag}", f'"other", {etag}'):
        again = await client.get("/admin/page.js", headers={"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert "content-security-policy" in again.headers
    assert (await client.get("/admin/page.js", headers={"If-None-Match": '"other"'})).status_code == 200
    assert (await client.get("/admin")).headers["etag"] != etag
    head = await client.head("/admin")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "path", ["/admin/nope", "/admin/admin.html.bak", "/admin/..%2fapp.py", "/admin/%2e%2e"]
)
async def test_nothing_else_is_there(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_it_takes_nothing(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/admin", content=b"key=sl_secret")).status_code == 405


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_reads_a_text_as_html_or_keeps_the_key_elsewhere(name: str) -> None:
    script = WEB[name]
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "eval(",
        "Function(",
    ):
        assert word not in script
    for word in ("localStorage", "document.cookie", "indexedDB", "history.", "location"):
        assert word not in script
    assert ("sessionStorage" in script) == (name == "api.js")


def test_the_page_names_no_other_place_and_holds_no_script_or_style_of_its_own() -> None:
    for name, text in WEB.items():
        assert re.findall(r"https?://|//\w", text.replace("// ", "")) == [], name
    page = WEB["admin.html"]
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page) == []
    linked = re.findall(r'(?:src|href)="/admin/([^"]+)"', page)
    imported = {name for script in SCRIPTS for name in re.findall(r'from "\./([^"]+)"', WEB[script])}
    assert {*linked, *imported, "admin.html"} == set(WEB)


def test_what_the_scripts_look_for_is_on_the_page_and_every_field_has_a_label() -> None:
    page = WEB["admin.html"]
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    sought = {id_ for script in SCRIPTS for id_ in re.findall(r'find\("([^"]+)"\)', WEB[script])}
    assert sought <= ids
    assert set(re.findall(r'<label for="([^"]+)"', page)) == set(re.findall(r'<input id="([^"]+)"', page))
    assert set(re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', page)) <= ids
    assert not re.search(
        r"<input[^>]*\bname=", page
    )  # without scripts, no form may put the key into the address
