import base64
import json
import re
from html.parser import HTMLParser

import numpy as np

from harness.plots.drawing import new_figure
from harness.report.files import write_files
from harness.report.section import Coordinates, Picture, Section, Table

NAMES = ["<script>alert(1)</script>", 'a "quoted" & b', "{title} $x$", "[bold]c"]
ROWS = [[NAMES[0], 0.1 + 0.2, 3], [NAMES[1], None, 2], [NAMES[2], 123456.789, 10], [NAMES[3], -1.5e-7, None]]


def table(name="ranking", rows=ROWS):
    return Table(name, "Mean of <all> seeds.", ["variant", "error [ppm]", "seeds"], rows)


def picture(name="scatter"):
    figure = new_figure(f"{NAMES[1]} costs $5 to $6")
    figure.subplots().plot([1, 2])
    return Picture(name, figure, "What <b>it</b> shows.")


def written(folder, sections):
    write_files(folder, 'Sweep "1" <a>', "Lead & more.", sections)
    return (folder / "index.html").read_text("utf-8")


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_data(self, data):
        self.texts.append(data)

    def of(self, tag):
        return [attributes for each, attributes in self.tags if each == tag]


def test_names_are_text_and_no_markup(tmp_path):
    section = Section(NAMES[0], [NAMES[1], NAMES[2]], [table()], [picture()])
    page = Elements(written(tmp_path, [section]))
    assert len(page.of("script")) == 1
    assert not page.of("a") or all(each["href"].startswith("#") for each in page.of("a"))
    for name in NAMES:
        assert name in page.texts
    assert page.of("img")[0]["alt"] == f"{NAMES[1]} costs $5 to $6"


def test_the_page_needs_nothing_beside_it(tmp_path):
    page = written(tmp_path, [Section("One", [], [table()], [picture()])])
    told = Elements(page)
    addresses = [each[key] for _, each in told.tags for key in ("src", "href") if key in each]
    assert addresses
    assert all(each.startswith(("data:", "#")) for each in addresses)
    assert "http" not in re.sub(r"base64,[^\"]*|http-equiv", "", page)
    png = base64.b64decode(told.of("img")[0]["src"].removeprefix("data:image/png;base64,"))
    assert png == (tmp_path / "pictures" / "scatter.png").read_bytes()
    assert png.startswith(b"\x89PNG")


def test_contents_lead_to_every_section(tmp_path):
    page = Elements(written(tmp_path, [Section("One", ["a"]), Section("Two", ["b"])]))
    anchors = [each["href"].removeprefix("#") for each in page.of("a")]
    assert anchors == [each["id"] for each in page.of("section")]
    assert len(anchors) == 2


def test_numbers_are_shown_short_and_sorted_in_full(tmp_path):
    rows = [
        ["a", 0.1 + 0.2],
        ["b", 123456.789],
        ["c", np.float64(-1.5e-7)],
        ["d", np.nan],
        ["e", np.inf],
        ["f", 1234.0],
    ]
    rows += [["g", np.int64(7)], ["h", 1_234_567], ["i", None]]
    page = written(tmp_path, [Section("One", [], [Table("t", "", ["name", "value"], rows)])])
    cells = re.findall(r'<td class="number"(?: data-value="([^"]*)")?>([^<]*)</td>', page)
    shown = ["0.3000", "123457", "-1.500e-07", "nan", "inf", "1234", "7", "1234567", ""]
    assert [text for _, text in cells] == shown
    full = ["0.30000000000000004", "123456.789", "-1.5e-07", "", "Infinity", "1234.0", "7", "1234567", ""]
    assert [value for value, _ in cells] == full


def test_only_columns_of_numbers_are_numeric(tmp_path):
    rows = [["a", 1, 1, None], ["b", "two", None, None]]
    page = Elements(written(tmp_path, [Section("One", [], [Table("t", "", ["n", "mixed", "number", "empty"], rows)])]))
    assert [each.get("class") for each in page.of("th")] == [None, None, "number", None]


def test_coordinates_are_numbers_in_order_and_names_that_end_no_element(tmp_path):
    rows = [["</script>", "16", 0.5], ["mse", "8", 0.25], ["mse", "16", 1e-3]]
    drawn = Coordinates("networks", "All.", ["loss", "model.units", "test_rmse"], rows, lower_is_better=True)
    page = written(tmp_path, [Section("One", [], coordinates=[drawn])])
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', page)
    found = json.loads(text)
    assert [axis["values"] for axis in found["axes"]] == [["</script>", "mse"], ["8", "16"], None]
    assert found["rows"] == [[0, 1, 0.5], [1, 0, 0.25], [1, 1, 1e-3]]
    assert found["names"][1] == "loss=mse, model.units=8, test_rmse=0.2500"
    assert found["lower"] is True


def test_long_tables_are_folded(tmp_path):
    rows = [[str(i), i, i] for i in range(41)]
    page = Elements(written(tmp_path, [Section("One", [], [table(), table("long", rows)])]))
    assert len(page.of("details")) == 1
    assert "Show all 41 rows" in page.texts
