"""Draws Pics/page.png, page-phone.png and page-dark.png: the page of a simulated June noon.

    python -m tests.tools.page_pictures

Takes some minutes: the morning is lived through at 100 times real time before it is looked at.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.page_rig import ROOT, chromium, demo
from tests.processes import until

DAY = {
    "  #speed: 1 ": "  speed: 100 ",
    "  start: 2026-06-21 11:00 ": "  start: 2026-06-21 07:30 ",
    "  #sky: broken\n": "  sky: broken\n",
    "  #soc_pct: 97 ": "  soc_pct: 55 ",
}
SHOTS = (
    ("page.png", 1440, 1460, "light", 1.0),
    ("page-phone.png", 360, 900, "light", 2.0),
    ("page-dark.png", 360, 900, "dark", 2.0),
)
UNTIL = "12:2"
LONGEST_S = 600.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder), DAY) as home:
        until(lambda: home.read("/api/now")["local"][11:].startswith(UNTIL), LONGEST_S)
        with chromium() as browser:
            for name, width, height, scheme, scale in SHOTS:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if scheme == "dark" else "light",
                    device_scale_factor=scale,
                    locale="en-GB",
                )
                page = context.new_page()
                page.goto(home.url)
                page.wait_for_selector("#days tbody tr")
                page.wait_for_selector("#chart-empty", state="hidden")
                page.wait_for_timeout(1500)
                page.screenshot(path=ROOT / "Pics" / name)
                context.close()


if __name__ == "__main__":
    main()
