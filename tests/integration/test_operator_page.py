"""The operator's page in a real browser, before a real gateway: see `make test-page`."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from scribeline.contracts import routes
from scribeline.contracts.unit import Stage
from scribeline.messaging.codec import REASON, message
from scribeline.messaging.publisher import Publisher
from scribeline.storage.database import EVERYBODY, Database
from tests.support import births
from tests.support.browser import Page, browser
from tests.support.gateway_process import KEY, Process

pytestmark = pytest.mark.browser
EVIL = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
OPEN = "!document.getElementById('board').hidden"


async def enter(page: Page, key: str) -> None:
    await page.until("document.getElementById('door')?.hidden === false")
    await page.tell(f"document.getElementById('key').value = {json.dumps(key)}")
    await page.tell("document.querySelector('#door button').click()")


async def said(page: Page, place: str) -> str:
    return str(await page.tell(f"document.getElementById('{place}').textContent"))


async def test_what_anybody_wrote_is_shown_as_text_and_a_letter_is_discarded_after_a_question(
    gateway: Process, database: Database, publisher: Publisher, tmp_path: Path
) -> None:
    job = await births.born(database, Stage.SHORT, filename=EVIL)
    error = json.dumps({"code": "unit_died", "message": EVIL, "stage": "short", "retryable": True})
    async with database.transaction(EVERYBODY) as session:
        told = "UPDATE job SET status = 'failed', error = CAST(:error AS jsonb), finished_at = now()"
        await session.run(text(told), {"error": error})
    letter = message(json.dumps({"tenant": EVIL, "type": EVIL}).encode(), "one", {REASON: EVIL})
    await publisher.publish(routes.DEAD, routes.SHORT_QUEUE, letter)
    async with browser(tmp_path / "profile") as page:
        await page.open(f"{gateway.url}/admin")
        await enter(page, "sl_wrong")
        await page.until("document.getElementById('notice').textContent.includes('not known here')")
        await enter(page, KEY)
        await page.until(OPEN)
        await page.click("[aria-label='Dead letters of transcriber.short']")
        await page.until("document.querySelectorAll('#letters-body li').length === 1")
        assert (await said(page, "failures")).count(EVIL) == 2
        assert str(job.id) in await said(page, "failures")
        assert EVIL in await said(page, "letters-body")
        assert await page.tell("document.querySelectorAll('img, section script').length") == 0
        assert await page.tell("document.title") == "Scribeline: operations"
        assert await page.tell("[location.href, document.cookie, localStorage.length]") == [
            f"{gateway.url}/admin", "", 0,
        ]  # fmt: skip

        await page.click("#letters-body li button.bad")
        await page.until("document.getElementById('sure').open")
        await page.click("#sure button[value=no]")
        assert await page.tell("document.querySelectorAll('#letters-body li').length") == 1
        await page.click("#letters-body li button.bad")
        await page.click("#sure-yes")
        await page.until("document.querySelectorAll('#letters-body li').length === 0")
        assert "1 discarded" in await said(page, "notice")
        await page.call(
            "Emulation.setDeviceMetricsOverride", width=390, height=400, deviceScaleFactor=1, mobile=True
        )
        await page.tell("window.scrollTo(0, 300)")
        assert await page.tell("scrollY") == 300
        assert await page.tell("document.querySelector('#notice p').getBoundingClientRect().top") == 0
        await page.click("#leave")
        assert await page.tell("[sessionStorage.length, document.getElementById('board').hidden]") == [
            0,
            True,
        ]


HOLD = """(() => {
  const ask = window.fetch;
  const held = (url, rest) => new Promise((go) => { window.release = () => go(ask(url, ...rest)); });
  window.fetch = (url, ...rest) => String(url).includes("short/dead") ? held(url, rest) : ask(url, ...rest);
  const body = document.getElementById("letters-body");
  window.seen = "";
  new MutationObserver(() => { window.seen += body.textContent; }).observe(body, { childList: true });
})()"""
"""What the letters of one queue are answered with stays on its way; all that is drawn of letters is kept."""


async def test_letters_that_come_late_are_not_shown_as_those_of_the_queue_that_was_opened_meanwhile(
    gateway: Process, publisher: Publisher, tmp_path: Path
) -> None:
    for queue in (routes.SHORT_QUEUE, routes.PLAN_QUEUE):
        await publisher.publish(routes.DEAD, queue, message(b"{}", queue, {REASON: f"died in {queue}"}))
    async with browser(tmp_path / "profile") as page:
        await page.open(f"{gateway.url}/admin")
        await enter(page, KEY)
        await page.until(OPEN)
        await page.tell(HOLD)
        await page.click("[aria-label='Dead letters of transcriber.short']")
        await page.until("window.release !== undefined")
        await page.click("[aria-label='Dead letters of transcriber.plan']")
        await page.tell("window.release()")
        await page.until("window.seen.includes('died in transcriber.plan')")
        assert "died in transcriber.short" not in await page.tell("window.seen")
