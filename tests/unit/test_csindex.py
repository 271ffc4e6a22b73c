"""CSI's workbooks, and the commands that take its weights in: layouts as recorded, invented numbers."""

import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tasks.lists.csindex import decode
from tests.damage import damaged
from tests.fake_csindex import FOLDER, listed, workbook
from tests.shipped import FACTS
from warehouse.facts.weights import read_weights
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

RECORDED = Path(__file__).parents[3] / "shared" / "vendors" / "recorded" / "csi"
MAY = date(2022, 5, 31)
WEIGHTS = [("600519", "甲", 60.5), ("000001", "乙", 30.0), ("300750", "丙", 9.5)]


@pytest.fixture
def run(home):
    return lambda *arguments: CliRunner().invoke(app, arguments)


def read(lines, has_weights=True):
    return decode(workbook(lines), "000300", has_weights)


@pytest.mark.parametrize("year", [2014, 2023, 2026])
def test_each_layout_of_weights_is_read_to_the_member(year):
    found = read(listed(MAY, WEIGHTS, year))
    assert [(member.trade_date, member.symbol, member.name, member.weight) for member in found] == [
        (MAY, "600519.SS", "甲", 60.5),
        (MAY, "000001.SZ", "乙", 30.0),
        (MAY, "300750.SZ", "丙", 9.5),
    ]


@pytest.mark.parametrize("year", [2023, 2026])
def test_a_list_of_members_has_no_weights_and_is_no_list_of_weights(year):
    lines = listed(MAY, [(code, name, None) for code, name, _ in WEIGHTS], year)
    assert [(member.symbol, member.weight) for member in read(lines, has_weights=False)] == [
        ("600519.SS", None),
        ("000001.SZ", None),
        ("300750.SZ", None),
    ]
    with pytest.raises(ValueError, match=r"^no column weight: the layout is another$"):
        read(lines)


def changed(column, value):
    lines = listed(MAY, WEIGHTS)
    lines[2][column] = value
    return lines


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "no column date, indexcode, constituentcode, weight"),
        ([["a", "b"], ["c", "d"]], "no column date, indexcode, constituentcode, weight"),
        (listed(MAY, WEIGHTS)[:1], "not of one day"),
        (listed(MAY, WEIGHTS, index="000905"), "about '000905'"),
        (listed(MAY, [*WEIGHTS, WEIGHTS[0]]), "stands in it twice"),
        (changed(0, "20220630"), "not of one day"),
        (changed(0, "20220231"), "day"),
        (changed(0, 44712.0), "44712.0 is no day"),
        (changed(0, ""), "'' is no day"),
        (changed(4, "900901"), "'900901' is no share"),
        (changed(4, 1.0), "1.0 is no share"),
        (changed(4, "00001"), "'00001' is no share"),
        (changed(9, ""), "'' is no weight"),
        (changed(9, "-1"), "'-1' is no weight"),
        (changed(9, float("nan")), "nan is no weight"),
        (changed(9, 1e300), "1e+300 is no weight"),
        (changed(9, 100.5), "100.5 is no weight"),
    ],
)
def test_a_list_with_one_line_that_cannot_be_is_no_list(lines, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        read(lines)


def test_no_damage_to_a_workbook_is_another_error_or_a_member_that_cannot_be():
    chance, content, whole = Random(300), workbook(listed(MAY, WEIGHTS)), 0
    for _ in range(1000):
        found = []
        with suppress(ValueError):
            found = decode(damaged(content, chance), "000300", has_weights=True)
        assert all(0 <= member.weight <= 100 and len(member.symbol) == 9 for member in found)
        whole += len(found) == len(WEIGHTS)
    assert 0 < whole < 900


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded workbooks in ../shared are not here")
@pytest.mark.parametrize(
    ("name", "day", "first", "total"),
    [
        ("000300closeweight_20141201_old_layout.xls", date(2014, 12, 1), ("000001.SZ", 1.07), 99.98),
        ("000300closeweight_20260430.xls", date(2026, 4, 30), ("000001.SZ", 0.425), 100.003),
        ("000300cons_20230601.xls", date(2023, 6, 1), ("601985.SS", None), 0),
        ("000300cons_20260227.xls", date(2026, 2, 27), ("000001.SZ", None), 0),
    ],
)
def test_a_recorded_workbook_is_read_whole(name, day, first, total):
    found = decode((RECORDED / name).read_bytes(), "000300", "closeweight" in name)
    assert len(found) == 300
    assert {member.trade_date for member in found} == {day}
    assert (found[0].symbol, found[0].weight) == first
    assert sum(member.weight or 0 for member in found) == pytest.approx(total)


def test_fetched_weights_are_kept_with_symbols_day_and_publisher_and_a_rebuild_takes_them_in(run, home, csi):
    csi.weights = workbook(listed(MAY, WEIGHTS))
    done = run("weights", "fetch")
    path = home / "weights" / "CSI300.csv"
    assert done.stdout == f"3 weights of 2022-05-31 are in {path}; `afterclose rebuild` takes them in\n"
    assert csi.asked == [f"{FOLDER}/closeweight/000300closeweight.xls"]
    assert run("rebuild").exit_code == 0
    with open_read_only(load_settings().database_path) as connection:
        query = "select index_symbol, as_of, symbol, weight, source from base.weights order by symbol"
        found = connection.execute(query).fetchall()
    assert [(symbol, round(weight, 6)) for _, _, symbol, weight, _ in found] == [
        ("000001.SZ", 0.3),
        ("300750.SZ", 0.095),
        ("600519.SS", 0.605),
    ]
    assert {row[:2] + row[4:] for row in found} == {
        ("000300.SS", MAY, "China Securities Index, published closing weights")
    }


def test_weights_that_do_not_make_a_whole_index_are_refused_and_the_file_stays(run, home, csi):
    csi.weights = workbook(listed(MAY, [("600519", "甲", 100.0)]))
    run("weights", "fetch")
    csi.weights = workbook(listed(date(2022, 6, 30), [("600519", "甲", 8.2)]))
    problem = run("weights", "fetch").exception
    assert (problem.exit_code, "sum to 8.20%" in str(problem)) == (1, True)
    assert len(read_weights(home / "weights" / "CSI300.csv", FACTS)) == 1


@pytest.mark.parametrize(
    ("weights", "why"),
    [(None, "HTTP 404"), (b"<html>soon</html>", "no workbook: .*"), (workbook([["a"]]), "no column date.*")],
)
def test_weights_that_cannot_be_had_are_one_line(run, home, csi, weights, why):
    csi.weights = weights
    problem = run("weights", "fetch").exception
    assert problem.exit_code == 1
    assert re.fullmatch(
        rf"CSI's weights of the CSI 300 Index could not be had \({why}\); try again later", f"{problem}"
    )
    assert not (home / "weights").exists()


def test_a_rebuild_names_the_file_that_it_had_to_leave_out(run, home):
    (home / "weights").mkdir(parents=True)
    path = home / "weights" / "HSI.csv"
    path.write_text("trade_date,symbol,weight,source\n2022-05-31,0700.HK,ten,me\n")
    problem = run("rebuild").exception
    assert problem.exit_code == 2
    assert str(problem) == f"left out: {path}: line 2: could not convert string to float: 'ten'"
    assert load_settings().database_path.exists()
