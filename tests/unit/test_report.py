"""The page as a file: written whole, the same for the same data, and made of itself alone."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.publish import page_path, publish, write_pages
from tests.shipped import FACTS
from tests.sql.warehouse_of import closes, lake_of, warehouse_of
from warehouse.errors import AftercloseError
from warehouse.report.charts import sparkline, year_chart
from warehouse.report.numbers import change, percent, points
from warehouse.report.page import heat, last_day, report
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

DAY = date(2022, 5, 4)


@pytest.fixture(scope="module")
def first_evening(tmp_path_factory):
    """A database of one evening with a single close of one index, and a bar that a person refused."""
    folder = tmp_path_factory.mktemp("first")
    rows = {
        "indices": closes("^HSI", {"2022-05-04": 20869.52}),
        "quarantine": [
            ("0700.HK", "2022-05-04", "price_jump", {"status": "rejected", "decided_by": "ann", "note": "a slip"})
        ],
        "runs": [("HK", "2022-05-04", "2022-05-04")],
    }
    warehouse_of(folder, datetime(2022, 5, 4, 12, tzinfo=UTC), **rows).close()
    return folder / "warehouse.duckdb"


@pytest.fixture
def write_report(first_evening, home):
    """Write the page of a day of that evening under a home of the test's own, and return its path."""

    def write(day):
        with open_read_only(first_evening) as connection:
            (path,) = write_pages(load_settings(), {day: report(connection, day)})
        return path

    return write


def test_a_first_evening_has_a_page_that_says_what_it_cannot_know(write_report):
    text = write_report(DAY).read_text(encoding="utf-8")
    assert "20,869.52" in text
    assert "its move is not known" in text
    assert "Only one close is stored." in text
    assert "no return over a year yet" in text


def test_the_page_forbids_everything_but_its_own_style_and_icon(write_report):
    text = write_report(DAY).read_text(encoding="utf-8")
    (policy,) = re.findall('<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    assert set(policy.split("; ")) == {
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    }
    assert text.index(policy) < text.index("<link") < text.index("<style")


def test_what_a_person_decided_of_the_evening_stands_on_its_page_with_who_and_why(write_report):
    text = re.sub(r"\s+", " ", write_report(DAY).read_text(encoding="utf-8"))
    assert "price jump</td><td>rejected</td><td>ann: a slip <code>0700.HK-2022-05-04-price_jump</code>" in text
    assert "every expected bar passed" not in text


def test_writing_again_gives_the_same_bytes_and_leaves_nothing_beside(write_report, home):
    first = write_report(DAY).read_bytes()
    assert write_report(DAY).read_bytes() == first
    assert [path.name for path in (home / "reports").iterdir()] == ["2022-05-04.html"]


def test_a_day_without_a_judged_session_is_refused_and_writes_nothing(write_report, home):
    with pytest.raises(AftercloseError, match="nothing is stored for 2022-05-03"):
        write_report(date(2022, 5, 3))
    assert list(home.rglob("*")) == []


def test_only_pages_that_there_are_are_written_anew(home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-04T20:00:00+08:00")
    rows = closes("^HSI", {"2022-05-03": 21101.89, "2022-05-04": 20869.52})
    lake = lake_of(home, indices=rows, runs=[("HK", "2022-05-03", "2022-05-04")])
    settings = load_settings()
    page = page_path(settings, DAY)
    page.parent.mkdir()
    page.write_text("what was said before")
    published = publish(lake, FACTS, settings, "run-1")
    assert sorted(published.judged) == [("HK", date(2022, 5, 3)), ("HK", DAY)]
    assert write_pages(settings, published.pages) == [page]
    assert "20,869.52" in page.read_text(encoding="utf-8")
    assert [path.name for path in page.parent.iterdir()] == ["2022-05-04.html"]


def test_the_last_day_is_the_last_judged_one(first_evening):
    with open_read_only(first_evening) as connection:
        assert last_day(connection) == DAY


DAYS = [date(2022, 5, day) for day in (3, 4, 5, 6)]


def test_a_curve_has_no_colour_of_its_own_and_points_nowhere():
    for drawing in (year_chart("HSI", DAYS, [1.0, 3.0, None, 2.0]), sparkline("HSI", [1.0, 3.0, None, 2.0])):
        assert drawing.startswith("<svg viewBox=")
        assert set(re.findall(r"#[0-9a-f]{6}\b", drawing)) == set()
        assert "var(--" in drawing
        assert re.findall(r"https?://", drawing) == []


def test_a_session_that_is_not_stored_breaks_the_curve():
    assert year_chart("a", DAYS, [1.0, 2.0, None, 3.0]) != year_chart("a", DAYS, [1.0, 2.0, 2.5, 3.0])


def test_the_highest_and_lowest_close_are_named():
    drawing = year_chart("HSI", DAYS, [20100.0, 23456.0, 18123.0, 20200.0])
    assert "23,456" in drawing
    assert "18,123" in drawing


def test_one_close_is_no_curve():
    assert sparkline("HSI", [None, 20000.0]) is None
    assert year_chart("HSI", DAYS[:2], [None, 20000.0]) is None


def test_numbers_have_a_real_minus_and_nothing_has_no_sign():
    assert (percent(-0.01234), percent(0.01234, 1), percent(-0.00001), percent(None)) == (
        "−1.23%",
        "+1.2%",
        "0.00%",
        "–",
    )
    assert (points(20602.519), points(None)) == ("20,602.52", "–")
    assert [change(-1652.306), change(0.6), change(-0.001), change(None)] == ["−1,652.31", "+0.60", "0.00", "–"]


@pytest.mark.parametrize(
    ("move", "style"), [(0.0, "u0"), (-0.0004, "u0"), (0.0006, "u1"), (-0.012, "d2"), (0.049, "u3"), (-0.2, "d4")]
)
def test_a_larger_move_has_a_stronger_colour(move, style):
    assert heat(move) == style


def test_days_on_the_axis_have_no_leading_zero():
    days = [date(2022, 5, 2) + timedelta(days=at) for at in range(9)]
    drawing = year_chart("HSI", days, [20000.0 + at for at in range(9)])
    assert ">3 May<" in drawing or ">4 May<" in drawing
    assert not re.search(">0[1-9] ", drawing)
