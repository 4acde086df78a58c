"""A person's browser: a page that remembers everything that went wrong on it.

Chromium is Debian's; nothing is downloaded. What a page loads from anywhere but loopback, logs as
an error or tries against its content policy is a finding, and so is what the accessibility check
says.
"""

from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = (390, 844)
DESKTOP = (1280, 800)
SCREENSHOTS = Path(__file__).parents[2] / "build" / "browser"
CHECK = (Path(__file__).parent / "accessibility.js").read_text()
MILLISECONDS = 90_000


class Visitor:
    """One page, and the findings on everything it showed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.findings: list[str] = []
        page.set_default_timeout(MILLISECONDS)
        page.on("console", self._logged)
        page.on("pageerror", lambda error: self.findings.append(f"script: {error}"))
        page.on("request", self._requested)

    async def open(self, url: str, *, status: int = 200) -> None:
        """Go to an address that must answer with this status."""
        response = await self.page.goto(url)
        assert response is not None
        assert response.status == status

    async def press(self, button: str) -> None:
        """Press a button or follow a link by its name, and wait for the page behind it."""
        shown = self.page.get_by_role("button", name=button, exact=True)
        target = shown.or_(self.page.get_by_role("link", name=button, exact=True))
        async with self.page.expect_navigation():
            await target.click()

    async def fill(self, **fields: str) -> None:
        """Type into fields by their ids."""
        for name, text in fields.items():
            await self.page.locator(f"#{name}").fill(text)

    async def heading(self) -> str:
        """Return what the page is about."""
        return await self.page.locator("h1").inner_text()

    async def look(self, name: str) -> None:
        """Check the page's accessibility and take a screenshot."""
        self.findings += [f"{name}: {finding}" for finding in await self.page.evaluate(CHECK)]
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(
            path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled"
        )

    async def tab_through(self) -> list[str]:
        """Walk the page with the Tab key and return the names of what was reached, in order.

        An element that shows no focus is a finding.
        """
        reached: list[str] = []
        while True:
            await self.page.keyboard.press("Tab")
            found = await self.page.evaluate(
                "() => { const at = document.activeElement, style = getComputedStyle(at);"
                " const label = at.labels?.[0]; const box = label && getComputedStyle(label);"
                " return [at === document.body ? '' : at.innerText.trim() || at.name,"
                " style.outlineStyle !== 'none' || box && box.outlineStyle !== 'none'] }"
            )
            name, is_visible = found
            if not name or name in reached:
                return reached
            if not is_visible:
                self.findings.append(f"focus is not to be seen: {name}")
            reached.append(name)

    def _logged(self, message: ConsoleMessage) -> None:
        # The browser's console reports an expected 410 as an error.
        is_the_page = message.location["url"] == self.page.url
        if message.type in {"error", "warning"} and not (
            is_the_page and message.text.startswith("Failed to load resource")
        ):
            self.findings.append(f"console: {message.text}")

    def _requested(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host is not None and host != "127.0.0.1":
            self.findings.append(f"asked {host}")


async def visit(
    browser: Browser,
    *,
    size: tuple[int, int] = PHONE,
    language: str = "es-MX",
    **options: object,
) -> tuple[BrowserContext, Visitor]:
    """Open a page in a context of its own; `options` go to Playwright's new context."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale=language,
        **options,  # type: ignore[arg-type]
    )
    return context, Visitor(await context.new_page())
