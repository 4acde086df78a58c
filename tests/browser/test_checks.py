"""The checks themselves: each finds the fault it is for."""

import pytest
from playwright.async_api import Browser

from tests.browser.browser import CHECK, visit

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GOOD = """<!doctype html>
<html lang="es">
<title>Bien</title>
<style>
body { color: #222; background: #fff; font-size: 16px }
button, input { min-height: 44px; border: 1px solid #555 }
</style>
<main><h1>Bien</h1><label for="a">Nombre</label><input id="a"><button>Seguir</button></main>
"""
POLICY = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\">"

FAULTS = [
    ('lang="es"', "", "no language"),
    ("<title>Bien</title>", "", "no title"),
    ("<main>", "<div>", "not exactly one main"),
    ("<h1>Bien</h1>", "<h1>Bien</h1><h3>x</h3>", "heading skips a level"),
    ("<h1>Bien</h1>", "<p>Bien</p>", "not exactly one h1"),
    ('<label for="a">Nombre</label>', "", "no label"),
    ('<label for="a">', '<label for="b">', "for of nothing: b"),
    ('<input id="a">', '<input id="a"><i id="a"></i>', "id twice: a"),
    ('<input id="a">', '<input id="a" aria-describedby="c">', "aria-describedby of nothing: c"),
    ('<input id="a">', '<input id="a" aria-invalid="true">', "wrong, but not said why"),
    ('<input id="a">', '<input id="a" tabindex="3">', "own tab order"),
    ("Seguir", "", "no name"),
    ("<button>", "<img><svg></svg><button>", "no alternative text"),
    ("<button>", "<img alt=''><svg></svg><button>", "svg neither hidden nor named"),
    ("min-height: 44px", "min-height: 20px", "target"),
    ("color: #222", "color: #999", "contrast 2.85"),
    ("#fff", "rgb(34 34 34 / 80%)", "contrast"),
    ("1px solid #555", "1px solid #ddd", "edge contrast"),
    ("<h1>", "<div style='width:2000px'>x</div><h1>", "scrolls sideways"),
]


async def findings(browser: Browser, page: str) -> list[str]:
    context, visitor = await visit(browser)
    await visitor.page.set_content(page)
    found = await visitor.page.evaluate(CHECK)
    await context.close()
    return found


async def test_a_good_page_has_no_findings(browser: Browser) -> None:
    """The page that the faults are planted in is clean."""
    assert await findings(browser, GOOD) == []


@pytest.mark.parametrize(("where", "fault", "finding"), FAULTS)
async def test_each_fault_is_found(browser: Browser, where: str, fault: str, finding: str) -> None:
    """A page with one fault planted is reported for that fault."""
    assert where in GOOD
    found = await findings(browser, GOOD.replace(where, fault))
    assert any(text.startswith(finding) for text in found), found


@pytest.mark.parametrize(
    ("page", "finding"),
    [
        ("<script>console.error('oh')</script>", "console: oh"),
        ("<script>undefinedThing()</script>", "script: undefinedThing is not defined"),
        ("<img src='http://127.0.0.2:9/x.png' alt=''>", "asked 127.0.0.2"),
        (f"{POLICY}<button onclick='1'>x</button>", "Content Security Policy directive"),
    ],
)
async def test_a_page_is_watched(browser: Browser, page: str, finding: str) -> None:
    """Errors, broken policies and requests to elsewhere are remembered."""
    context, visitor = await visit(browser)
    await visitor.page.route("**/x.png", lambda route: route.fulfill(status=200, body=""))
    await visitor.page.goto("about:blank")
    await visitor.page.set_content(page)
    await visitor.page.wait_for_load_state()
    await context.close()
    assert any(finding in text for text in visitor.findings), visitor.findings


async def test_a_focus_that_cannot_be_seen_is_found(browser: Browser) -> None:
    """Walking a page by keyboard reports what shows no focus, and returns the order."""
    context, visitor = await visit(browser)
    await visitor.page.set_content(
        "<style>#b { outline: none }</style><button>a</button><button id=b>b</button>"
    )
    assert await visitor.tab_through() == ["a", "b"]
    assert visitor.findings == ["focus is not to be seen: b"]
    await context.close()
