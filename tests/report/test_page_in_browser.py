"""The page of a report in a real browser: what it loads, what it shows, and what a click does."""

import pytest

from harness.plots.drawing import new_figure
from harness.report.files import write_files
from harness.report.section import Coordinates, Picture, Section, Table

pytestmark = pytest.mark.slow


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
        Section("What mattered", ["All."], coordinates=[networks()]),
        Section("Cost", ["Some."], [wide, long], [Picture(name, figure, "Seen.") for name in ("one", "two")]),
    ]
    write_files(folder, "Sweep <1>", "Lead.", sections)
    return (folder / "index.html").as_uri()


def networks(lower_is_better=True):
    """Eight of them, whose scores are the sum of what they were trained with."""
    rows = [
        [loss, units, seed, i + 0.1 * j + 0.01 * k]
        for i, loss in enumerate(("mse", "</script><b>rmse</b>"))
        for j, units in enumerate(("8", "16"))
        for k, seed in enumerate(("0", "1"))
    ]
    axes = ["loss", "model.units", "seed", "test_rmse"]
    return Coordinates("networks", "Drag <here>.", axes, rows, lower_is_better)


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
    assert page.url.endswith("#s2")


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


def test_typed_words_filter_the_rows(page):
    box = page.locator(".table", has=page.locator("#table-long")).get_by_role("searchbox")
    page.get_by_text("Show all 50 rows").click()
    box.fill("1")
    shown = [row.inner_text() for row in page.locator("#table-long tbody tr").all() if row.is_visible()]
    assert shown == [str(i) for i in range(50) if "1" in str(i)]
    assert page.locator(".table output").filter(has_text="14 of 50 rows").is_visible()
    box.fill("1 -2")
    assert page.locator("#table-long tbody tr:visible").count() == 12
    page.locator("#table-long th button").click()
    page.locator("#table-long th button").click()
    assert page.locator("#table-long tbody tr:visible").first.inner_text() == "41"
    box.fill("")
    assert page.locator("#table-long tbody tr:visible").count() == 50


def test_small_tables_are_seen_at_once(page):
    assert page.locator("input[type=search]").count() == 1


def drag(page, axis, low, high):
    """With the mouse, over these shares of an axis, from its bottom."""
    area = page.locator(f'.area[data-axis="{axis}"]')
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    x, bottom, tall = box["x"] + box["width"] / 2, box["y"] + box["height"] - 8, box["height"] - 16
    page.mouse.move(x, bottom - low * tall)
    page.mouse.down()
    page.mouse.move(x, bottom - (low + high) / 2 * tall)
    page.mouse.move(x, bottom - high * tall)
    page.mouse.up()


def kept(page):
    """The titles of the lines that are not faded."""
    return page.evaluate(
        "[...document.querySelectorAll('.coordinates path:not(.off)')].map(path => path.textContent).sort()"
    )


def test_a_drag_along_an_axis_keeps_the_lines_that_pass_there(page):
    output = page.locator(".coordinates output")
    assert page.locator(".coordinates path").count() == 8
    assert output.inner_text() == "8 of 8 networks, mean 0.555"
    # Numbers stand in the order of their size: 8 is the lower half.
    drag(page, "model.units", 0, 0.5)
    assert len(kept(page)) == 4
    assert all("model.units=8," in title for title in kept(page))
    assert output.inner_text() == "4 of 8 networks, mean 0.505"
    drag(page, "seed", 0.5, 1)
    assert output.inner_text() == "2 of 8 networks, mean 0.51"
    # A click on the axis lets it go.
    page.locator('.area[data-axis="model.units"]').click()
    assert all("seed=1," in title for title in kept(page))
    assert len(kept(page)) == 4
    page.get_by_role("button", name="Show all").click()
    assert len(kept(page)) == 8


def test_the_best_score_is_on_top(page):
    drag(page, "test_rmse", 0.5, 1)
    assert page.locator(".coordinates output").inner_text() == "4 of 8 networks, mean 0.055"
    assert all("loss=mse" in title for title in kept(page))


def test_names_that_look_like_markup_stay_names(page):
    assert "</script><b>rmse</b>" in page.locator(".coordinates .mark").all_text_contents()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_brush_holds_when_the_window_changes(page, scheme):
    page.emulate_media(color_scheme=scheme)
    drag(page, "seed", 0.5, 1)
    before, width = kept(page), page.locator(".coordinates svg").get_attribute("width")
    page.set_viewport_size({"width": 1200, "height": 900})
    page.locator(f'.coordinates svg:not([width="{width}"])').wait_for()
    assert kept(page) == before
    assert page.locator(".coordinates .brush:visible").count() == 1


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
    assert page.evaluate(colour.format("figure:not(.coordinates) .scroll")) == "rgb(255, 255, 255)"
    assert (page.evaluate(colour.format("body")) == "rgb(255, 255, 255)") == (scheme == "light")
