"""The page of the demonstration in a real browser: asked by mouse and by keyboard, and audited."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pvopt.show.web.passwords import hashed
from tests.page_rig import WAIT_S, Demo, axe, chromium, demo
from tests.processes import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NIGHT = {
    "  #speed: 1 ": "  speed: 5 ",
    "  start: 2026-06-21 11:00 ": "  start: 2026-06-21 00:30 ",
}
PASSWORD, TOKEN = "several quite common words", "the-token-of-the-tablet"
WAIT_MS = 1000 * WAIT_S
SIZES = [(360, 780), (1440, 900)]
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """By night, when no sun would heat: whatever heats was asked for."""
    with demo(tmp_path_factory.mktemp("home"), NIGHT) as made:
        yield made


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    lines = f"  password_hash: {hashed(PASSWORD)}\n  read_only_token: {TOKEN}\n"
    changes = {
        '  #password_hash: ""\n': "",
        '  #read_only_token: ""\n': "",
        **NIGHT,
    }
    with demo(tmp_path_factory.mktemp("locked"), changes, lines) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """A page with an eye on what must not happen: errors, and requests to anybody else."""
    contexts, wrong = [], []

    def begin(
        url: str, width: int = 1440, height: int = 900, lost: bool = False, **more: Any
    ) -> Page:
        more = {"locale": "en-GB", **more}
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        if not lost:  # a browser itself says that nobody answers
            page.on(
                "console", lambda line: wrong.append(line.text) if line.type == "error" else None
            )
        page.on(
            "request",
            lambda asked: wrong.append(asked.url) if "//127.0.0.1:" not in asked.url else None,
        )
        page.goto(url)
        return page

    yield begin
    for context in contexts:
        context.close()
    assert wrong == []


def boiler(home: Demo) -> Any:
    return home.read("/api/now")["loads"][0]


def released(home: Demo) -> bool:
    now = home.read("/api/now")
    return bool(now["loads"][0]["mode"] == "auto" and now["site"]["load_w"] < 1000.0)


def to_auto(home: Demo, page: Page) -> None:
    page.get_by_role("button", name="Auto", exact=True).click()
    assert until(lambda: released(home), WAIT_S)


def test_a_click_on_boost_moves_the_knob_and_changes_the_reason(
    home: Demo, open_page: Open
) -> None:
    page = open_page(home.url)
    page.wait_for_selector("#main-why:has-text('night')", state="attached")
    before = home.read("/api/now")
    assert (before["loads"][0]["position_pct"], before["loads"][0]["closed"]) == (0.0, False)
    page.get_by_role("button", name="Boost", exact=True).click()
    page.wait_for_selector("#toast:has-text('boiler: asked')")
    page.wait_for_selector("#main-why:has-text('boost by hand until 01:3')")
    page.wait_for_selector("button[data-mode=boost][aria-pressed=true]")
    page.wait_for_selector(".load:has-text('on this page')")
    assert until(lambda: boiler(home)["position_pct"] > 90.0, WAIT_S)
    assert boiler(home)["closed"] is True
    # The simulated home reads the mock pins: what its meter shows, relay and knob have done.
    assert until(lambda: home.read("/api/now")["site"]["load_w"] > 1900.0, WAIT_S)
    page.wait_for_selector("#main-watts:has-text('2,000')")
    assert "asked by the page" in home.said()
    to_auto(home, page)
    page.wait_for_selector("#main-why:has-text('night')")


def test_with_the_keyboard_alone(home: Demo, open_page: Open) -> None:
    page = open_page(home.url, 360, 780)
    page.wait_for_selector("button[data-mode=boost]")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.dataset.mode ?? ''"))
        if seen[-1] == "boost":
            break
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid", "the focus must be seen"
    page.keyboard.press("Enter")
    page.wait_for_selector("#main-why:has-text('boost by hand')")
    # The rest of the segments follow each other; "off" ends it at once.
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_selector("#main-why:has-text('switched off by hand')")
    said = "document.getElementById('spoken').textContent"
    assert "switched off by hand" in page.evaluate(said), "a reader is told, once"
    page.locator("#chart").focus()
    label = page.locator("#chart").get_attribute("aria-label")
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#chart").get_attribute("aria-label") != label
    to_auto(home, page)


def test_a_boost_with_watts_and_what_cannot_be(home: Demo, open_page: Open) -> None:
    page = open_page(home.url)
    page.get_by_text("More for boiler").click()
    page.get_by_label("Watts", exact=True).fill("1200")
    page.get_by_label("For how long").select_option("30")
    page.get_by_role("button", name="Boost like this").click()
    page.wait_for_selector(".stands:has-text('Boost 1,200 W until')")
    assert until(lambda: boiler(home)["setpoint_w"] == 1200.0, WAIT_S)
    page.get_by_label("Watts", exact=True).fill("5000")
    page.get_by_role("button", name="Boost like this").click()
    assert page.evaluate("document.querySelector('input[type=number]').validity.valid") is False
    to_auto(home, page)


def of_storages(home: Demo, page: Page, *told_w: tuple[float | None, float]) -> None:
    """The page of a home of storages alone, each with its watts and what it was asked for."""
    told = home.read("/api/now") | {"loads": [], "main": "", "storages": []}
    for one, (power_w, setpoint_w) in enumerate(told_w, 1):
        told["storages"].append(
            {"id": f"storage-{one}", "power_w": power_w, "setpoint_w": setpoint_w,
             "soc_pct": 80.0 + 2.0 * one, "connected": True, "why": "rebalancing",
             "words": "gives its part", "fault": ""}
        )  # fmt: skip
    instead(page, told)


def instead(page: Page, told: dict[str, Any]) -> None:
    """Tell the page so, in the place of what the home lives."""
    page.route(
        "**/api/live*",
        lambda route: route.fulfill(
            content_type="text/event-stream", body=f"data: {json.dumps(told)}\n\n"
        ),
    )
    page.reload()


def test_a_home_of_storages_alone(home: Demo, open_page: Open) -> None:
    """Told in the place of the demonstration's: no loads, so the storages stand above."""
    page = open_page(home.url)
    of_storages(home, page, (-117.0, -122.6), (-95.0, -100.4))
    page.wait_for_selector("#main-watts:has-text('212')")
    assert page.locator("#main-why").inner_text().lower() == "giving"
    assert page.locator("#loads-all").is_hidden()
    assert page.locator("#storages li").first.locator("text=asked: 123 W giving").is_visible()
    node = page.locator("#flow svg g.battery:has-text('storage-2')").text_content() or ""
    assert node.replace("\u00a0", " ") == "95 W84 %storage-2giving"
    words = (page.locator("#flow-words").text_content() or "").replace("\u00a0", " ")
    assert "storage-1 gives 117 W. storage-2 gives 95 W." in words


def test_many_storages_are_one_node_of_the_picture(home: Demo, open_page: Open) -> None:
    """On a phone; one of them tells nothing."""
    page = open_page(home.url, 360, 800)
    of_storages(home, page, (-800.0, -800.0), (300.0, 0.0), (None, 0.0), (-100.0, 0.0))
    node = page.locator("#flow svg g.battery:has-text('Storages (4)')")
    node.wait_for()
    told = node.text_content() or ""
    assert told.replace("\u00a0", " ") == "600 W82–88 %Storages (4)giving"
    words = (page.locator("#flow-words").text_content() or "").replace("\u00a0", " ")
    assert "4 storages give 600 W together." in words
    assert page.locator("#flow svg g.battery").count() == 2  # and the battery


def test_money_and_hygiene(home: Demo, open_page: Open) -> None:
    told = home.read("/api/now")
    missed = {"caught_wh": 4000.0, "caught_pct": 80.0, "missed_wh": 1000.0, "missed": {"hot": 1000}}
    told["score"] |= {**missed, "worth": 1.2, "cost": None}
    told["loads"][0]["hygiene"] = "hygiene was done yesterday"
    page = open_page(home.url)
    instead(page, told)
    page.wait_for_selector("#score-parts li:has-text('Worth, at the grid’s price') >> text=1.20")
    assert page.locator("#score-parts li:has-text('Paid')").count() == 0
    assert page.locator(".load >> text=hygiene was done yesterday").is_visible()
    told["score"]["cost"] = 0.05
    instead(page, told)
    page.wait_for_selector("#score-parts li:has-text('Paid') >> text=0.05")


def test_each_load_has_its_colour_and_today_says_since_when(home: Demo, open_page: Open) -> None:
    """Three loads where one is; the demonstration began by night."""
    told = home.read("/api/now")
    told["loads"] = [{**told["loads"][0], "id": one} for one in ("ecs", "pool", "towel")]
    told["today_since_utc_s"] = told["utc_s"]
    page = open_page(home.url)
    instead(page, told)
    page.wait_for_selector("#legend button:has-text('towel')")
    swatch = "one => getComputedStyle(one, '::before').backgroundColor"
    colours = {
        page.locator(f"#legend button:has-text('{one}')").evaluate(swatch)
        for one in ("ecs", "pool", "towel", "Sun", "House")
    }
    assert len(colours) == 5
    assert page.locator("#sun-since").text_content() == f"since {told['local'][11:16]}"
    assert page.locator("#bought-since").text_content() == f"since {told['local'][11:16]}"
    told["today_since_utc_s"] = None
    instead(page, told)
    page.wait_for_selector("#legend button:has-text('towel')")
    page.wait_for_selector("#sun-since:empty", state="attached")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_sticks_out(home: Demo, open_page: Open, width: int, height: int) -> None:
    page = open_page(home.url, width, height)
    page.wait_for_selector("button[data-mode=boost]")
    for lang in ("en", "de", "fr", "cs"):
        page.goto(f"{home.url}/?lang={lang}")
        page.wait_for_selector("#flow svg")
        assert page.evaluate("document.documentElement.scrollWidth") == width, lang
        assert page.evaluate("document.documentElement.lang") == lang


def test_the_readers_own_language(home: Demo, open_page: Open) -> None:
    page = open_page(home.url, locale="de-DE")
    page.wait_for_selector("#main-why:has-text('Nacht')")
    page.locator("#language").select_option("cs")
    page.wait_for_selector("#main-why:has-text('noc')")


def test_course_days_sources_log_and_configuration(home: Demo, open_page: Open) -> None:
    page = open_page(home.url)
    page.wait_for_selector("#sources li:has-text('gx')")
    page.wait_for_selector("#days tbody tr")
    assert page.locator("#legend button").count() == 6
    page.get_by_role("button", name="By month").click()
    page.wait_for_selector("#days th:has-text('June 2026')")
    page.locator("#log-details summary").click()
    page.wait_for_selector("#log li:has-text('DEMONSTRATION'), #log li:has-text('the page')")
    page.locator("#config-details summary").click()
    page.wait_for_selector("#config:has-text('max_w: 2000')")
    assert until(lambda: home.read("/api/series?names=pv_w")["t_utc_s"] != [], WAIT_S)
    page.wait_for_selector("#chart-empty", state="hidden")


def findings(page: Page) -> list[str]:
    """What the audit calls serious or worse."""
    page.evaluate(axe().read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_audit_finds_nothing_serious(
    home: Demo, open_page: Open, width: int, height: int, scheme: str
) -> None:
    # The audit's script comes past the page's own rule about scripts, as an extension would.
    page = open_page(home.url, width, height, color_scheme=scheme, bypass_csp=True)
    page.wait_for_selector("#days tbody tr")
    page.get_by_text("More for boiler").click()
    page.locator("#log-details summary").click()
    page.locator("#config-details summary").click()
    page.wait_for_selector("#config:has-text('max_w')")
    assert findings(page) == []


def test_who_wants_no_motion_gets_none(home: Demo, open_page: Open) -> None:
    page = open_page(home.url, reduced_motion="reduce")
    page.wait_for_selector("#flow .stream", state="attached")
    assert page.evaluate("getComputedStyle(document.querySelector('.stream')).animationName") == (
        "none"
    )


def test_an_open_page_outlives_a_restart(tmp_path: Path, open_page: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    changes = {**NIGHT, "  #port: 8080  ": f"  port: {port}  "}
    with demo(tmp_path, changes) as first:
        page = open_page(first.url, lost=True)
        page.wait_for_selector("#state[data-state=live]")
        first.stop()
        page.wait_for_selector("#state[data-state=lost]")
    with demo(tmp_path, changes) as second:
        page.wait_for_selector("#state[data-state=live]")
        page.get_by_role("button", name="Off", exact=True).click()
        page.wait_for_selector("#main-why:has-text('switched off by hand')")
        assert boiler(second)["mode"] == "off"


def test_password_and_read_only_link(locked: Demo, open_page: Open) -> None:
    page = open_page(locked.url, bypass_csp=True)
    assert findings(page) == []
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("button[data-mode=boost]")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_selector("#password")
    tablet = open_page(f"{locked.url}/?key={TOKEN}")
    tablet.wait_for_selector("#looks")
    tablet.wait_for_selector("#flow svg")
    assert TOKEN not in tablet.url
    assert tablet.locator("button[data-mode=boost]").is_hidden()
    assert tablet.locator("#log-card").is_hidden()


def test_planted_secrets_are_nowhere(locked: Demo) -> None:
    kept = (locked.log.parent / "demo.yaml").read_text(encoding="utf-8")
    assert TOKEN in kept
    every = [locked.said()]
    every += [
        path.read_text(encoding="utf-8", errors="replace")
        for path in Path(locked.log.parent / "state").rglob("*")
        if path.is_file()
    ]
    hash_text = kept.partition("password_hash: ")[2].partition("\n")[0]
    for text in every:
        for secret in (TOKEN, PASSWORD, hash_text):
            assert secret not in text
