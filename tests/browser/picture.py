"""Records the moving picture of the live page that the README shows:
``python -m tests.browser.picture``. A real lab, the real page; nothing is drawn.
"""

import base64
import re
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from harness.live.serve import bound, serving
from harness.stack.embedded import EmbeddedStack
from tests.browser.conftest import QUIET, load
from tests.needs import chromium

FILE = Path(__file__).parents[2] / "docs" / "pictures" / "live.webp"
WIDE = 880  #: as a README shows it
SHORTEST_MS = 120  #: frames that follow sooner are left out
LAST_MS = 2000
MOST_BYTES = 1_000_000
LONGEST_MS = 1500  #: nothing that stands still is shown longer
MOST_S = 90
#: What is pressed, what the page must say then and where; it is watched for two seconds more.
STORY = (
    ("pause-worker", "#doing", re.compile("Готово: Призупинити")),
    ("burst-20", "#doing", re.compile("Готово: 20")),
    ("unpause-worker", "#counts", re.compile(r"COMPLETED\s*20")),
)
STILL_MS = 2000


def main() -> None:
    """Start the lab, walk through the story, keep the frames."""
    with EmbeddedStack() as stack, bound(0) as server:
        stack.up()
        with serving(server, stack) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
            page = browser.new_page(viewport={"width": 1280, "height": 720}, locale="uk-UA")
            load(page, url)
            page.get_by_text("на зв’язку").wait_for()
            frames = story(page)
            browser.close()
    write(frames)


def story(page: Page) -> list[tuple[float, bytes]]:
    """What Chromium painted meanwhile: when, seconds, and the picture."""
    frames: list[tuple[float, bytes]] = []
    session = page.context.new_cdp_session(page)

    def painted(frame: dict[str, Any]) -> None:
        frames.append((frame["metadata"]["timestamp"], base64.b64decode(frame["data"])))
        session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    session.on("Page.screencastFrame", painted)
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 92})
    page.wait_for_timeout(STILL_MS)
    for act, place, said in STORY:
        page.locator(f"[data-act={act}]").first.click()
        page.evaluate("scrollTo(0, 0)")
        expect(page.locator(place)).to_have_text(said, timeout=MOST_S * 1000)
        page.wait_for_timeout(STILL_MS)
    session.send("Page.stopScreencast")
    return frames


def write(frames: list[tuple[float, bytes]]) -> None:
    """As small as it must be to be shown in a README."""
    kept, times = thinned(frames)
    pause = [min(round((end - start) * 1000), LONGEST_MS) for start, end in pairwise(times)]
    for quality in (70, 55, 40, 25):
        kept[0].save(
            FILE,
            save_all=True,
            append_images=kept[1:],
            duration=[*pause, LAST_MS],
            loop=0,
            quality=quality,
            method=4,
        )
        if FILE.stat().st_size < MOST_BYTES:
            return


def thinned(frames: list[tuple[float, bytes]]) -> tuple[list[Image.Image], list[float]]:
    """The frames that are far enough apart, small, and when each was painted."""
    kept: list[Image.Image] = []
    times: list[float] = []
    for time, data in frames:
        if not times or (time - times[-1]) * 1000 >= SHORTEST_MS:
            with Image.open(BytesIO(data)) as shot:
                size = (WIDE, WIDE * shot.height // shot.width)
                kept.append(shot.convert("RGB").resize(size, Image.Resampling.LANCZOS))
            times.append(time)
    return kept, times


if __name__ == "__main__":
    main()
