"""`afterclose members check` against pages on loopback: of the true shape, with invented content."""

import csv
import sys
import threading
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from typer.testing import CliRunner

import tasks.lists.constituents as constituents
from flows.commands.members import app
from tasks.lists.members import review_after
from tests.fake_csindex import listed, workbook
from tests.loopback import http_server, send
from tests.shipped import CN
from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.market import Facts
from warehouse.settings import load_settings

TODAY = date(2026, 11, 24)


def test_the_next_review_is_the_first_one_to_come_in_whatever_order_its_months_stand():
    # the second Fridays of June and December 2026 are the 12th and the 11th
    for months in ("6 12", "12 6"):
        row = {"index_code": "X", "review_months": months, "review_friday": 2}
        assert review_after(row, date(2026, 3, 1)) == date(2026, 6, 15)
        assert review_after(row, date(2026, 6, 15)) == date(2026, 12, 14)


@pytest.fixture
def pages(home, monkeypatch):
    """Pages on loopback, {path: (status, body)}; the settings point to them."""
    served, stopped = {}, threading.Event()

    def answer(handler):
        if served.get(handler.path) == "never":
            stopped.wait(10)
            handler.close_connection = True
            return
        status, body = served.get(handler.path, (404, "<html>There isn't a GitHub Pages site here.</html>"))
        send(handler, body.encode(), status)

    with http_server(answer) as url:
        monkeypatch.setenv("AFTERCLOSE_CONSTITUENTS_URL", f"{url}/pages")
        monkeypatch.setenv("AFTERCLOSE_NOW", f"{TODAY}T19:00:00+08:00")
        yield served
        stopped.set()


def corrected(code):
    """A market with the corrections that lie in the home."""
    return Facts.load(load_settings().reference_path).market(code)


def page(market, index, without=(), more=""):
    """What we hold, as their page would say it."""
    held = {s.symbol: s.name for s in corrected(market).spells if s.index_symbol == index and s.covers(TODAY)}
    lines = [f"{symbol},{name}" for symbol, name in held.items() if symbol not in without and "," not in name]
    quoted = [f'{symbol},"{name}"' for symbol, name in held.items() if symbol not in without and "," in name]
    return (200, "\n".join(["Symbol,Name", *lines, *quoted, more]).rstrip() + "\n")


def run(*arguments):
    return CliRunner().invoke(app, ["check", *arguments])


HSI = "/pages/constituents-hsi.csv"


def test_the_same_members_are_said_to_be_so_and_nothing_is_written(pages, home):
    pages[HSI] = page("HK", "^HSI")
    done = run("--index", "HSI")
    assert done.exit_code == 0
    assert "HSI: 93 members held on 2026-11-24" in done.output
    assert "the same members" in done.output
    assert not (home / "reference").exists()


def test_a_difference_is_printed_with_the_rows_to_accept_and_nothing_is_written(pages, home):
    pages[HSI] = page("HK", "^HSI", without=("0002.HK", "0005.HK"), more="0008.HK,PCCW Ltd\n0005.HK,HSBC Group plc")
    done = run("--index", "HSI")
    assert [line.split() for line in done.output.splitlines()[2:5]] == [
        ["joined", "0008.HK", "PCCW", "Ltd"],
        ["left", "0002.HK", "CLP", "Holdings", "Ltd"],
        ["renamed", "0005.HK", "HSBC", "Holdings", "PLC", "->", "HSBC", "Group", "plc"],
    ]
    rows = {row["symbol"]: row for row in csv.DictReader(done.output.splitlines()[6:])}
    assert (rows["0008.HK"]["valid_from"], rows["0008.HK"]["valid_to"]) == ("2026-11-24", "")
    assert (rows["0002.HK"]["valid_from"], rows["0002.HK"]["valid_to"]) == ("2008-10-08", "2026-11-24")
    assert rows.keys() == {"0008.HK", "0002.HK"}
    assert not (home / "reference").exists()


def test_accepting_writes_dated_spells_and_the_past_stays(pages, home):
    pages[HSI] = page("HK", "^HSI", without=("0002.HK",), more="0008.HK,PCCW Ltd")
    before = corrected("HK").members_on(date(2026, 9, 4))
    assert run("--index", "HSI", "--accept", "--effective", "2026-09-07").exit_code == 0
    market = corrected("HK")
    assert market.members_on(date(2026, 9, 4)) == before
    assert market.members_on(date(2026, 9, 7)) == before - {"0002.HK"} | {"0008.HK"}
    (index,) = csv.DictReader((home / "reference" / "indices.csv").open(encoding="utf-8"))
    assert (index["members_confirmed_to"], index["next_review"]) == ("2026-11-24", "2026-12-07")
    assert "the same members" in run("--index", "HSI").output
    sources = {s.symbol: s.source for s in market.spells if s.index_symbol == "^HSI" and s.source.startswith("local: ")}
    assert sources["0008.HK"].startswith("local: in: http://127.0.0.1")
    assert "| out: http://127.0.0.1" in sources["0002.HK"]


def test_accepting_again_keeps_what_was_accepted_before(pages, home):
    pages[HSI] = page("HK", "^HSI", more="0008.HK,PCCW Ltd")
    run("--index", "HSI", "--accept")
    pages[HSI] = page("HK", "^HSI", without=("0008.HK",), more="0010.HK,Hang Lung Group")
    assert run("--index", "HSI", "--accept", "--effective", "2026-12-07").exit_code == 0
    market = corrected("HK")
    assert {"0008.HK"} <= market.members_on(date(2026, 12, 4), "^HSI")
    assert {"0008.HK", "0010.HK"} & market.members_on(date(2026, 12, 7), "^HSI") == {"0010.HK"}


@pytest.mark.parametrize(
    ("today", "asked", "dated"),
    [
        ("2026-11-28", (), "2026-11-30"),  # a Saturday
        ("2026-11-24", ("--effective", "2026-12-25"), "2026-12-28"),  # Christmas, a Friday
    ],
)
def test_changes_are_dated_to_a_session(pages, home, monkeypatch, today, asked, dated):
    monkeypatch.setenv("AFTERCLOSE_NOW", f"{today}T19:00:00+08:00")
    pages[HSI] = page("HK", "^HSI", more="0008.HK,PCCW Ltd")
    assert f"0008.HK,PCCW Ltd,{dated},," in run("--index", "HSI", *asked).output


def test_a_change_that_is_accepted_for_a_later_day_is_not_proposed_again(pages, home):
    pages[HSI] = page("HK", "^HSI", without=("0002.HK",), more="0008.HK,PCCW Ltd")
    assert run("--index", "HSI", "--accept", "--effective", "2026-12-07").exit_code == 0
    written = (home / "reference" / "members" / "hsi.csv").read_text(encoding="utf-8")
    again = run("--index", "HSI", "--accept")
    assert "joined  0008.HK PCCW Ltd (as we have it from 2026-12-07 on)" in again.output
    assert "left    0002.HK CLP Holdings Ltd (as we have it from 2026-12-07 on)" in again.output
    assert "spells" not in again.output
    assert (home / "reference" / "members" / "hsi.csv").read_text(encoding="utf-8") == written


def test_what_is_confirmed_leaves_all_else_of_the_index_to_us_but_what_a_person_says(pages, home):
    path = home / "reference" / "indices.csv"
    pages[HSI] = page("HK", "^HSI")
    assert run("--index", "HSI", "--accept").exit_code == 0
    header, said = path.read_text(encoding="utf-8").splitlines()
    assert header == "index_symbol,members_confirmed_to,next_review,source"
    path.write_text("index_symbol,name,source\n^HSI,Hang Seng,my own word\n", encoding="utf-8")
    assert run("--index", "HSI", "--accept").exit_code == 0
    (index,) = csv.DictReader(path.open(encoding="utf-8"))
    assert index == {**dict(zip(header.split(","), said.split(","), strict=True)), "name": "Hang Seng"}


def test_members_are_never_confirmed_to_an_earlier_day(pages, home, monkeypatch):
    pages[HSI] = page("HK", "^HSI")
    assert run("--index", "HSI", "--accept").exit_code == 0
    monkeypatch.setenv("AFTERCLOSE_NOW", "2026-11-23T19:00:00+08:00")
    again = run("--index", "HSI", "--accept")
    assert "the members are confirmed to a day after 2026-11-23 already" in again.output
    (index,) = csv.DictReader((home / "reference" / "indices.csv").open(encoding="utf-8"))
    assert index["members_confirmed_to"] == "2026-11-24"


def test_a_page_that_cannot_be_reached_is_named_with_the_reason_alone(pages, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_CONSTITUENTS_URL", "http://nowhere.invalid")
    done = run("--index", "HSI")
    url = "http://nowhere.invalid/constituents-hsi.csv"
    assert (done.exit_code, done.stderr) == (
        1,
        f"afterclose: {url} cannot be had: Could not resolve host: nowhere.invalid\n",
    )


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((404, "<html></html>"), "answered 404, not with a list of members"),
        ((503, ""), "answered 503, not with a list of members"),
        ((200, "<html><body>Be right back</body></html>\n"), "is no list of members: it has none"),
        ((200, "<html>\n<body>\nBe right back\n"), "is no list of members: it has '' for a symbol"),
        ((200, "Symbol,Name\nAAPL,Apple\n"), "is no list of members: it has 'AAPL' for a symbol"),
        ("never", "cannot be had"),
    ],
)
def test_a_page_that_is_no_list_is_one_line_and_nothing_is_written(pages, home, monkeypatch, answer, problem):
    monkeypatch.setattr(constituents, "TIMEOUT", 0.3)
    pages[HSI] = answer
    done = run("--index", "HSI", "--accept")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("afterclose: http://127.0.0.1")
    assert problem in line
    assert not (home / "reference").exists()


def test_a_list_of_half_the_members_is_refused(pages, home):
    pages[HSI] = (200, "Symbol,Name\n0001.HK,CK Hutchison Holdings Ltd\n")
    done = run("--index", "HSI", "--accept")
    assert isinstance(done.exception, UsageError)
    assert "has 1 members, we hold 93: not a whole list" in str(done.exception)
    assert not (home / "reference").exists()


def test_an_index_without_a_published_list_says_where_to_look(pages):
    done = run("--index", "HSTECH")
    assert (done.exit_code, "no published list is known" in done.output) == (0, True)


def test_an_index_without_members_is_refused(pages):
    assert isinstance(run("--index", "SSE50").exception, UsageError)


CSI = "/pages/constituents-csi300.csv"


@pytest.fixture
def china(monkeypatch):
    """The package of the extra `china`, in its shape: it says what we hold."""
    held = {s.symbol: s.name for s in CN.spells if s.covers(TODAY)}

    def latest(name):
        assert name == "csi300"
        codes = [("SH" if code.endswith("SS") else "SZ") + code[:6] for code in held]
        return pd.DataFrame({"symbol": codes, "name": list(held.values())})

    monkeypatch.setitem(sys.modules, "index_constitution", SimpleNamespace(latest=latest))
    monkeypatch.setattr(constituents, "find_spec", lambda name: name == "index_constitution")


def csi_list(without=()):
    """CSI's workbook of the members that we hold, less some."""
    held = {s.symbol: s.name for s in CN.spells if s.covers(TODAY)}
    return workbook(listed(TODAY, [(code[:6], name, None) for code, name in held.items() if code not in without]))


def test_the_csi_300_is_held_against_csis_own_list_and_that_of_the_extra_china(pages, csi, china):
    pages[CSI], csi.members = page("CN", "000300.SS"), csi_list()
    done = run("--index", "CSI300")
    assert (done.exit_code, done.output.count("the same members")) == (0, 3)
    assert "China Securities Index Co., members of 2026-11-24" in done.output


def test_lists_that_differ_from_each_other_are_not_accepted(pages, csi, home):
    pages[CSI], csi.members = page("CN", "000300.SS"), csi_list(without={"600519.SS"})
    done = run("--index", "CSI300", "--accept")
    assert done.exit_code == 1
    assert "CSI300: the lists differ from each other: write the rows by hand" in done.stderr
    assert not (home / "reference").exists()


def test_where_the_page_is_asked_elsewhere_csi_is_not_asked_at_home(pages, monkeypatch):
    monkeypatch.setattr(constituents, "find_spec", lambda name: None)
    pages[CSI] = page("CN", "000300.SS")
    assert run("--index", "CSI300").output.count("the same members") == 1


def test_a_list_that_cannot_be_had_is_one_line_and_keeps_no_other_from_being_compared(pages, csi):
    pages[CSI] = page("CN", "000300.SS")
    done = run("--index", "CSI300")
    assert (done.exit_code, done.output.count("the same members")) == (1, 1)
    assert done.stderr == (
        "afterclose: CSI's members of the CSI 300 Index could not be had (HTTP 404); try again later\n"
    )
    assert not issubclass(type(done.exception), AftercloseError)


def test_a_published_name_is_plain_and_a_password_is_in_no_source(pages, monkeypatch):
    address = load_settings().constituents_url.get_secret_value()
    monkeypatch.setenv("AFTERCLOSE_CONSTITUENTS_URL", str(address).replace("//", "//me:hunter2@"))
    assert "hunter2" not in repr(load_settings())
    pages[HSI] = (200, "Symbol,Name\n0001.HK,CK\x1b[2J\u202e\n")
    ask = constituents.publishers(corrected("HK").indices[0], load_settings())["index-constituents"]
    listing = ask()
    assert listing.members == {"0001.HK": "CK\ufffd[2J\ufffd"}
    assert listing.source == f"{address}/constituents-hsi.csv"
    del pages[HSI]
    with pytest.raises(AftercloseError) as problem:
        ask()
    assert "hunter2" not in str(problem.value)
