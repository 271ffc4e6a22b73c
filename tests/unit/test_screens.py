"""What `wrap` and `status` print: verdicts first, figures in columns, one line a sentence for programs."""

import json
from datetime import UTC, date, datetime
from io import StringIO
from shutil import copytree

import duckdb
import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

from flows.cli import app
from flows.commands import quarantine_screen, screens, wrap_screen
from flows.commands.columns import Column, print_fitting
from flows.commands.progress import working
from tests.shipped import KNOWN
from tests.sql.warehouse_of import closes, warehouse_of
from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.universe import means

HSI = {"2022-04-29": 20000, "2022-05-03": 20200, "2022-05-04": 20604, "2022-05-05": 21222.12, "2022-05-06": 21009.9}
ROWS = {
    "indices": [
        *closes("^HSI", HSI),
        *closes("HSTECH.HK", {"2022-05-04": 4000, "2022-05-05": 4231.3128}),
        *closes("000300.SS", {"2022-04-29": 4000, "2022-05-05": 3960, "2022-05-06": 3960}),
    ],
    "quarantine": [
        ("0700.HK", "2022-04-29", "price_jump", {"status": "cured", "decided_by": "run 7", "note": "a later answer"}),
        ("0005.HK", "2022-04-29", "stale_bar", {"status": "cured", "decided_by": "run 8", "note": "it moved"}),
        ("0011.HK", "2022-04-29", "stale_bar", {"status": "cured", "decided_by": "run 8", "note": "it moved"}),
    ],
    "runs": [("HK", "2022-05-03", "2022-05-06"), ("CN", "2022-05-05", "2022-05-06")],
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("screens")
    warehouse_of(folder, datetime(2022, 5, 6, 12, tzinfo=UTC), **ROWS).close()
    return folder


@pytest.fixture
def call(home, stored, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_HOME", str(stored))
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-06T20:00:00+08:00")

    def run(*arguments):
        result = CliRunner().invoke(app, arguments)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.stdout

    return run


@pytest.fixture
def page_of(monkeypatch):
    """Print on a terminal of so many columns; what it shows can be read from the file."""

    def of(width):
        page = Console(file=StringIO(), force_terminal=True, width=width, highlight=False, color_system=None)
        for module in (screens, wrap_screen, quarantine_screen):
            monkeypatch.setattr(module, "make_console", lambda: page)
        return page

    return of


def test_the_verdicts_come_before_every_figure(call):
    lines = call("wrap", "2022-05-05").splitlines()
    assert lines[0] == "Market wrap, Thursday 2022-05-05"
    assert lines[2].split()[:3] == ["Hong", "Kong", "partial"]
    first_figure = next(at for at, line in enumerate(lines) if "21,222.12" in line)
    assert max(at for at, line in enumerate(lines) if line.startswith(("Hong Kong ", "Mainland China "))) < first_figure


def test_a_row_has_its_figures_in_columns(call):
    row = next(line for line in call("wrap", "2022-05-05").splitlines() if line.startswith("Hang Seng Index"))
    assert row.split()[3:] == ["21,222.12", "+3.00%", "+6.1%", "+6.1%", "–", "0", "0"]


def test_in_a_pipe_a_sentence_is_one_line(call):
    found = [line for line in call("wrap", "2022-05-05").splitlines() if line.startswith("[PARTIAL]")]
    assert len(found) == 3
    assert all(line.endswith(" members has a return (missing).") for line in found[:2])
    assert found[2].endswith(" has a return (298 missing, 2 without a vendor).")


def test_a_market_on_holiday_is_said_to_have_no_session(call):
    lines = call("wrap", "2022-05-04").splitlines()
    assert [line for line in lines if line.startswith("Mainland China")] == ["Mainland China  no session"]


def test_without_a_day_the_last_judged_one_is_told(call):
    assert call("wrap").startswith("Market wrap, Friday 2022-05-06")


def test_a_range_counts_its_verdicts_and_tells_each_day(call):
    text = call("wrap", "--from", "2022-05-03", "--to", "2022-05-05", "--index", "hsi")
    assert text.startswith("Market wrap, 2022-05-03 – 2022-05-05")
    assert "Hong Kong       3 sessions: 3 partial" in text
    table = [line.split()[:3] for line in text.splitlines() if " HSI " in line]
    assert table == [
        ["2022-05-03", "HSI", "20,200.00"],
        ["2022-05-04", "HSI", "20,604.00"],
        ["2022-05-05", "HSI", "21,222.12"],
    ]
    assert "TECH" not in text


def test_what_became_of_several_for_one_reason_is_a_line_in_status(call):
    assert "2022-04-29 0005.HK, 0011.HK stale_bar cured by run 8: it moved\n" in call("status")


def test_long_work_has_a_line_on_a_terminal_and_none_elsewhere(capsys, monkeypatch):
    with working("counting"):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")  # which is how rich is told that it writes to a terminal
    with working("counting"):
        pass
    assert "counting" in capsys.readouterr().err


def test_chinese_wraps_are_chinese(call):
    text = call("wrap", "2022-05-05", "--lang", "zh")
    assert "【不完整】恒生指數上升618.12點，升幅3.00%，收報21,222.12點，為本月最大升幅。" in text
    assert text.startswith("收市報告，2022-05-05\n\n香港      不完整")
    assert "86項欠缺：0001.HK、0002.HK、" in text
    text = call("wrap", "2022-05-05", "--lang", "zh-hans")
    assert "【不完整】恒生指数上涨618.12点，涨幅3.00%，收报21,222.12点，为本月最大涨幅。" in text
    assert text.startswith("收盘报告，2022-05-05\n\n香港      不完整")


def test_json_has_both_languages_and_every_figure(call):
    rows = json.loads(call("wrap", "--from", "2022-05-05", "--json"))
    assert [(row["trade_date"], row["index_code"]) for row in rows] == [
        ("2022-05-05", "HSI"),
        ("2022-05-05", "HSTECH"),
        ("2022-05-05", "CSI300"),
        ("2022-05-06", "HSI"),
        ("2022-05-06", "CSI300"),
    ]
    assert rows[1]["return_1d"] == pytest.approx(0.0578282)
    assert rows[1]["headline"].startswith("[PARTIAL] The Hang Seng TECH Index rallied 5.8%")
    assert rows[1]["headline_zh"].startswith("【不完整】恒生科技指數急升231.31點，升幅5.78%")


@pytest.mark.parametrize(
    "arguments",
    [
        ["wrap", "2022-05-05", "--from", "2022-05-03"],
        ["wrap", "--to", "2022-05-05"],
        ["wrap", "--from", "2022-05-05", "--to", "2022-05-03"],
        ["wrap", "--index", "DAX"],
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(call, arguments):
    with pytest.raises(UsageError):
        call(*arguments)


def test_a_day_that_was_never_stored_is_said_so(call):
    with pytest.raises(AftercloseError, match="nothing is stored for 2021-01-04"):
        call("wrap", "2021-01-04")


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        # Labour Day was a Sunday: neither market traded on Saturday or Monday either.
        (["wrap", "2022-04-30"], "2022-04-30 is no session: the last one is 2022-04-29"),
        (["wrap", "0001-01-01"], "0001-01-01 is before all known sessions"),
        (["wrap", "20220430"], "2022-04-30 is no session: the last one is 2022-04-29"),
        (["wrap", "2022-05-07"], "2022-05-07 is not over yet: the last final session is 2022-05-06"),
        (["wrap", "2040-01-03"], "2040-01-03 is not over yet: the last final session is 2022-05-06"),
        (["wrap", "--from", "2022-05-09"], "2022-05-09 is not over yet: the last final session is 2022-05-06"),
        (
            ["wrap", "--from", "2021-01-04", "--to", "2021-01-05"],
            "nothing is stored from 2021-01-04 to 2021-01-05: run",
        ),
    ],
)
def test_a_day_without_a_wrap_says_why(call, arguments, answer):
    with pytest.raises(AftercloseError) as problem:
        call(*arguments)
    assert str(problem.value).startswith(answer)


@pytest.mark.parametrize(
    ("now", "answer"),
    [("15:59", "is not over yet: the last final session is 2022-05-06"), ("16:00", "nothing is stored for 2022-05-09")],
)
def test_a_session_is_over_once_the_first_close_has_settled(call, monkeypatch, now, answer):
    # Hong Kong kept Buddha's Birthday; the mainland's close is final at 15:30 and settled 30 minutes later.
    monkeypatch.setenv("AFTERCLOSE_NOW", f"2022-05-09T{now}:00+08:00")
    with pytest.raises(AftercloseError, match=answer):
        call("wrap", "2022-05-09")


def test_a_database_of_another_version_says_what_to_do(home):
    home.mkdir()
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("create schema base; create table base.build as select now() as built_at")
    result = CliRunner().invoke(app, ["wrap"])
    assert isinstance(result.exception, AftercloseError)
    assert str(result.exception).endswith("run `afterclose rebuild`")


def test_a_digest_of_a_database_that_lacks_what_it_compares_by_says_what_to_do(call, stored, home, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_HOME", str(copytree(stored, home)))
    assert "Hang Seng" in call("digest", "2022-05-05", "--dry-run")
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("create table older as select * exclude (week_matched_on) from market_wrap")
        connection.execute("drop view market_wrap; alter table older rename to market_wrap")
    with pytest.raises(AftercloseError, match=r"another version .*: run `afterclose rebuild`$"):
        call("digest", "2022-05-05", "--dry-run")


@pytest.mark.parametrize("width", [120, 80, 60, 40])
@pytest.mark.parametrize(
    "command", [["wrap", "2022-05-05"], ["wrap", "--from", "2022-05-03"], ["status"], ["quarantine", "list"]]
)
def test_no_line_is_wider_than_the_terminal_and_no_value_is_cut(call, page_of, command, width):
    page = page_of(width)
    call(*command, *(["--status", "cured"] if command[0] == "quarantine" else []))
    lines = page.file.getvalue().splitlines()
    assert len(lines) > 3
    # A path is told whole, to be copied, however long it is.
    assert max(cell_len(line) for line in lines if "/" not in line) <= width
    assert "…" not in page.file.getvalue()
    kept = {"wrap": "21,222.12", "status": "2022-05-06", "quarantine": "0700.HK"}
    assert kept[command[0]] in page.file.getvalue()


def test_a_name_that_has_no_room_beside_its_figures_goes_on_in_the_next_line(call, page_of):
    page = page_of(35)
    call("wrap", "2022-05-05")
    shown = [line.split() for line in page.file.getvalue().splitlines()]
    at = shown.index(["Hang", "Seng", "TECH", "4,231.31", "+5.78%"])  # cells: 20 of the name, 8 and 6, two gaps
    assert shown[at + 1] == ["Index"]


@pytest.mark.parametrize("words", [60, 6000])
def test_in_a_pipe_no_note_takes_the_room_of_an_id_or_a_figure(capsys, words):
    columns = [Column("id"), Column("close", 1, is_number=True), Column("note", 2)]
    print_fitting(screens.make_console(), columns, [["151d1f263e67", "142.4", "word " * words]])
    shown = capsys.readouterr().out
    assert "151d1f263e67  142.4  word word" in shown
    assert shown.count("word") == words


def test_on_a_terminal_an_index_has_a_small_curve_of_its_last_closes(call, page_of):
    page = page_of(120)
    call("wrap", "2022-05-05")
    row = next(line for line in page.file.getvalue().splitlines() if line.startswith("Hang Seng Index"))
    assert row.split()[-1] == "▁▂▄█"  # 20000, 20200, 20604, 21222.12


def test_a_session_without_a_close_is_a_gap_in_the_curve():
    assert wrap_screen.sparkline([1.0, None, 2.0, 1.5]) == "▁ █▅"
    assert wrap_screen.sparkline([1.0, 1.0]) == ""


def test_what_is_owed_is_a_line_a_market(call, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-12T20:00:00+08:00")
    owed = [line for line in call("status").splitlines() if line.startswith("owed")]
    assert owed == [
        "owed CN: 4 sessions, from 2022-05-09 to 2022-05-12",
        "owed HK: 3 sessions, from 2022-05-10 to 2022-05-12",
    ]


@pytest.mark.parametrize("day", ["2022-05-08", "2022-05-09", "2030-01-02"])
def test_a_report_and_a_digest_of_a_day_without_one_say_why_as_the_wrap_does(call, day):
    said = []
    for command in (["wrap", day], ["report", day], ["digest", day, "--dry-run"]):
        with pytest.raises(AftercloseError) as refused:
            call(*command)
        said.append(str(refused.value))
    assert len(set(said)) == 1


def test_a_report_says_where_its_page_is_and_shows_it_where_that_is_asked(call, stored, home, monkeypatch):
    shown = []
    monkeypatch.setattr("webbrowser.open", shown.append)
    monkeypatch.setenv("AFTERCLOSE_HOME", str(copytree(stored, home)))
    page = home / "reports" / "2022-05-05.html"
    assert (call("report", "2022-05-05"), shown, page.exists()) == (f"{page}\n", [], True)
    assert (call("report", "2022-05-05", "--open"), shown) == (f"{page}\n", [page.as_uri()])


def test_status_tells_a_reason_once_for_the_sessions_that_share_it(call):
    text = call("status")
    assert [line[:40] for line in text.splitlines() if " missing: " in line] == [
        "CN 2022-05-05 to 2022-05-06 298 missing:",
        "HK 2022-05-03 87 missing: 0001.HK, 0002.",
        "HK 2022-05-04 to 2022-05-05 86 missing: ",
        "HK 2022-05-06 87 missing: 0001.HK, 0002.",
    ]
    assert [line.split()[:4] for line in text.splitlines() if line.startswith("2022-05-05")] == [
        ["2022-05-05", "HK", "partial", "88"],
        ["2022-05-05", "CN", "partial", "301"],
    ]


def test_what_stands_between_colons_in_a_text_is_printed_as_it_is(capsys):
    table = Table("note")
    table.add_row("it said :fire: twice")
    screens.make_console().print(table, ":fire:")
    assert capsys.readouterr().out.count(":fire:") == 2


def test_status_tells_what_was_settled_by_whom_and_why(call):
    assert "2022-04-29 0700.HK price_jump cured by run 7: a later answer" in call("status").splitlines()


@pytest.mark.parametrize("name", ["HSI", "^HSI", "hsi", "Hang Seng Index", "hang seng", "恒生指數", "恒生"])
def test_an_index_is_found_by_any_sensible_name(name):
    assert KNOWN.index_named(name).symbol == "^HSI"


@pytest.mark.parametrize(
    "name", ["csi300", "CSI 300", "000300.SS", "000300", "csi 300 index", "沪深300", "滬深300指數"]
)
def test_so_is_one_with_digits(name):
    assert KNOWN.index_named(name).symbol == "000300.SS"


@pytest.mark.parametrize("name", ["", "Hang", "指数"])
def test_a_part_of_a_name_is_no_name(name):
    with pytest.raises(UsageError, match="no index"):
        KNOWN.index_named(name)


def test_an_index_without_a_name_in_chinese_is_found_by_its_own():
    row = {"index_symbol": "^XX", "index_code": "XX", "name": "Invented Index", "name_zh": None, "name_zh_hans": None}
    assert means("invented", row)
    assert not means("", row)


@pytest.fixture
def wrong_correction(stored):
    path = stored / "reference" / "members" / "hstech.csv"
    path.parent.mkdir(parents=True)
    path.write_text("symbol,valid_from,source\n0008.HK,,a notice\n")
    yield f"{path} line 2: valid_from is empty: a spell needs its first session"
    path.unlink()
    path.parent.rmdir()
    path.parent.parent.rmdir()


def test_status_names_a_wrong_correction(call, wrong_correction):
    done = CliRunner().invoke(app, ["status"])
    assert (done.exit_code, done.stderr) == (0, f"afterclose: no run begins until this is right: {wrong_correction}\n")
    assert json.loads(call("status", "--json"))["wrong_corrections"] == [{"problem": wrong_correction}]


def test_status_names_a_wrong_line_of_the_universe_and_is_stale(call, stored, monkeypatch, tmp_path):
    (tmp_path / "mine.txt").write_text("700\n")
    monkeypatch.setenv("AFTERCLOSE_UNIVERSE", str(tmp_path / "mine.txt"))
    done = CliRunner().invoke(app, ["status", "--fail-if-stale", "--stale-hours", "999"])
    assert done.exit_code == 1
    assert f"no run begins until this is right: {tmp_path / 'mine.txt'} line 1: '700' is no stock's" in done.stderr


def test_a_wrong_correction_is_stale_before_any_session_is(call, wrong_correction, stored):
    (stored / "reports").mkdir()
    (stored / "reports" / "2022-05-06.html").touch()  # a run would have written it
    hours = ("status", "--fail-if-stale", "--stale-hours", "999")
    done = CliRunner().invoke(app, hours)
    assert (done.exit_code, done.stderr) == (1, f"afterclose: no run begins until this is right: {wrong_correction}\n")
    (stored / "reference" / "members" / "hstech.csv").write_text("symbol,valid_from,source\n")
    assert CliRunner().invoke(app, hours).exit_code == 0


def test_of_the_earlier_sessions_that_are_not_complete_as_many_are_counted_as_are_listed(capsys):
    counts = dict.fromkeys(("expected", "received", "suspended", "held", "missing", "unobtainable"), 1)
    judged = {"market": "HK", "state": "partial", "reason": "1 missing: 0005.HK"} | counts
    rows = [judged | {"trade_date": date(2022, 5, day), "earlier_incomplete": 2} for day in range(3, 15)]
    others = ("owed", "runs", "next", "horizons", "settled", "agreement", "fact_disagreements", "channels", "replica")
    screens.print_status({"verdicts": rows, "disk": []} | {name: [] for name in others})
    assert "Earlier sessions that are not complete (last 2 of 2)" in capsys.readouterr().out
