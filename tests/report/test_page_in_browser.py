"""The page of a report in a real browser: what it loads, what it shows, and what a click does."""

import os
import shutil

import pytest

from harness.plots.drawing import new_figure
from harness.report.files import write_files
from harness.report.section import Picture, Section, Table

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chromium():
    found = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        found = None
    if not found:
        missing = "no chromium or no playwright: the page was not tried in a browser"
        # There it must not pass unseen.
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    rows = [
        ["seed 10", 0.5, "x"],
        ["seed 9", None, "<b>y</b>"],
        ["Seed 2", 1234.5, None],
        ["naïve", -3e-7, "x"],
        ["weighted_mse", float("nan"), "z"],
    ]
    figure = new_figure("A finding")
    figure.subplots().plot([1, 2])
    wide = Table("wide", "Wide.", [f"a long heading {i}" for i in range(30)], [list(range(30))])
    long = Table("long", "Long.", ["n"], [[i] for i in range(50)])
    sections = [
        Section("Ranking", ["One <is> best."], [Table("ranking", "All.", ["variant", "error", ""], rows)]),
        Section("Cost", ["Some."], [wide, long], [Picture(name, figure, "Seen.") for name in ("one", "two")]),
    ]
    write_files(folder, "Sweep <1>", "Lead.", sections)
    return (folder / "index.html").as_uri()


@pytest.fixture
def page(chromium, report):
    """The report in a window, failing on what it logs and on what it loads from elsewhere."""
    page = chromium.new_page(viewport={"width": 420, "height": 900})
    told, asked = [], []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report)
    yield page
    page.close()
    assert not told
    assert {url for url in asked if not url.startswith("data:")} == {report}


def column(page, place, table="ranking"):
    return page.locator(f"#table-{table} tbody tr td:nth-child({place})").all_inner_texts()


def test_every_picture_is_shown_and_contents_lead_to_a_section(page):
    assert page.title() == "Sweep <1>"
    loaded = page.evaluate("[...document.images].map(image => image.complete && image.naturalWidth)")
    assert len(loaded) == 2
    assert all(loaded)
    page.get_by_role("link", name="Cost").click()
    assert page.url.endswith("#s1")


def test_a_click_on_a_heading_sorts_by_number(page):
    heading = page.get_by_role("button", name="error")
    heading.click()
    assert column(page, 1) == ["naïve", "seed 10", "Seed 2", "seed 9", "weighted_mse"]
    assert page.locator("th[aria-sort=ascending]").all_inner_texts() == ["error"]
    heading.click()
    assert column(page, 1) == ["Seed 2", "seed 10", "naïve", "seed 9", "weighted_mse"]
    assert page.locator("th[aria-sort=descending]").all_inner_texts() == ["error"]


def test_texts_are_sorted_as_people_do_from_the_keyboard(page):
    heading = page.get_by_role("button", name="variant")
    heading.focus()
    page.keyboard.press("Enter")
    assert column(page, 1) == ["naïve", "Seed 2", "seed 9", "seed 10", "weighted_mse"]
    page.keyboard.press("Space")
    assert column(page, 1) == ["weighted_mse", "seed 10", "seed 9", "Seed 2", "naïve"]


def test_empty_cells_are_last_both_ways(page):
    heading = page.get_by_role("button", name="note")
    heading.click()
    assert column(page, 3) == ["<b>y</b>", "x", "x", "z", ""]
    heading.click()
    assert column(page, 3) == ["z", "x", "x", "<b>y</b>", ""]


def test_long_tables_open(page):
    last = page.locator("#table-long tbody tr").last
    assert not last.is_visible()
    page.get_by_text("Show all 50 rows").click()
    assert last.is_visible()


@pytest.mark.parametrize("width", [420, 1200])
def test_wide_tables_scroll_within_themselves(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelector('#table-wide').parentElement.scrollWidth") > width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_are_on_white_in_both_modes(page, scheme):
    page.emulate_media(color_scheme=scheme)
    colour = "getComputedStyle(document.querySelector('{}')).backgroundColor"
    assert page.evaluate(colour.format("figure .scroll")) == "rgb(255, 255, 255)"
    assert (page.evaluate(colour.format("body")) == "rgb(255, 255, 255)") == (scheme == "light")
