"""CSI's weights as akshare hands them over, and the commands that take them in: recorded shapes, invented numbers."""

import sys
from datetime import date

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.shipped import FACTS
from warehouse.facts.weights import read_weights
from warehouse.settings import load_settings
from warehouse.sql.database import open_read_only

MAY = date(2022, 5, 31)


@pytest.fixture
def run(home):
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_fetched_weights_are_kept_with_symbols_day_and_publisher_and_a_rebuild_takes_them_in(run, home, akshare):
    akshare.weights = [(MAY, "600519", 60.5), (MAY, "000001", 30.0), (MAY, "300750", 9.5)]
    done = run("weights", "fetch")
    path = home / "weights" / "CSI300.csv"
    assert done.stdout == f"3 weights of 2022-05-31 are in {path}; `afterclose rebuild` takes them in\n"
    assert akshare.asked == ["000300"]
    assert run("rebuild").exit_code == 0
    with open_read_only(load_settings().database_path) as connection:
        found = connection.execute("select index_symbol, as_of, symbol, weight, source from base.weights").fetchall()
    assert [(symbol, round(weight, 6)) for _, _, symbol, weight, _ in found] == [
        ("000001.SZ", 0.3),
        ("300750.SZ", 0.095),
        ("600519.SS", 0.605),
    ]
    assert {row[:2] + row[4:] for row in found} == {
        ("000300.SS", MAY, "China Securities Index, published closing weights")
    }


def test_weights_that_do_not_make_a_whole_index_are_refused_and_the_file_stays(run, home, akshare):
    akshare.weights = [(MAY, "600519", 100.0)]
    run("weights", "fetch")
    akshare.weights = [(date(2022, 6, 30), "600519", 8.2)]
    problem = run("weights", "fetch").exception
    assert (problem.exit_code, "sum to 8.20%" in str(problem)) == (1, True)
    assert len(read_weights(home / "weights" / "CSI300.csv", FACTS)) == 1


def test_an_answer_that_is_no_workbook_is_one_line(run, akshare):
    akshare.weights = ValueError("Excel file format cannot be determined")
    problem = run("weights", "fetch").exception
    assert problem.exit_code == 1
    assert str(problem) == (
        "CSI's weights of the CSI 300 Index could not be had "
        "(ValueError: Excel file format cannot be determined); try again later"
    )


def test_without_akshare_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "akshare", None)
    problem = run("weights", "fetch").exception
    assert (problem.exit_code, "pip install 'afterclose[china]'" in str(problem)) == (2, True)


def test_a_rebuild_names_the_file_that_it_had_to_leave_out(run, home):
    (home / "weights").mkdir(parents=True)
    path = home / "weights" / "HSI.csv"
    path.write_text("trade_date,symbol,weight,source\n2022-05-31,0700.HK,ten,me\n")
    problem = run("rebuild").exception
    assert problem.exit_code == 2
    assert str(problem) == f"left out: {path}: line 2: could not convert string to float: 'ten'"
    assert load_settings().database_path.exists()
