"""`afterclose sql` prints what was asked: nothing of it acts on a terminal or a spreadsheet, and nothing has no end."""

import csv
import io
import json
import os
import signal
import subprocess
import sys

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from flows.cli import app
from flows.commands import rows_screen
from warehouse.errors import AftercloseError, UsageError
from warehouse.sql import bounds

# Some ten seconds: unbounded it ends too, for the test to fail and not to hang.
LONG = "select sum(a.range * b.range) from range(1_000_000) as a, range(3_000) as b"


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create schema base; create table base.build as select 1 as one")
    return folder


@pytest.fixture
def ask(home, database, monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_HOME", str(database))

    def call(query, output="table", *more, given=None):
        # What is caught and raised again keeps itself alive, and with it the connection, whose settings are locked.
        words = ["sql", query, "--format", output, *more]
        return CliRunner().invoke(app, words, input=given, catch_exceptions=False).stdout

    return call


def cells(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("begin", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+2", "-2+3", "=1", " =1", "\t=1"])
def test_no_text_is_a_formula_in_csv(ask, begin):
    (_, (found,)) = cells(ask(f"select '{begin.replace(chr(39), chr(39) * 2)}' as name", "csv"))
    assert found == "'" + begin.replace("\t", " ")


def test_no_column_s_name_is_one_either(ask):
    assert cells(ask('select 1 as "=1+1"', "csv")) == [["'=1+1"], ["1"]]


def test_numbers_and_other_texts_stay_as_they_are_in_csv(ask):
    query = "select -1.5 as a, -2 as b, '-3.5' as c, '^HSI' as d, 'a-b=c' as e, date '2022-05-17' as f, null as g"
    assert cells(ask(query, "csv"))[1] == ["-1.5", "-2", "-3.5", "^HSI", "a-b=c", "2022-05-17", ""]


def test_lists_tables_and_other_kinds_are_text_in_csv(ask):
    query = "select [1, 2] as a, {'k': 'x'} as b, 'a'::enum('a', 'b') as c, interval 1 day as d, '\\x01'::blob as e"
    row = cells(ask(query, "csv"))[1]
    assert [json.loads(text) for text in row[:2]] == [[1, 2], {"k": "x"}]
    assert row[2:] == ["a", "1 day", "\\x01"]


def test_what_json_has_no_form_for_is_the_text_of_duckdb(ask):
    query = "select interval 1 month a, 2 a, '\\x01'::blob b, '10:00:00+08'::timetz c, '101'::bit d, 7::bignum e"
    told = {"a": "1 month", "a_1": 2, "b": "\\x01", "c": "10:00:00+08", "d": "101", "e": "7"}
    assert json.loads(ask(query, "json")) == [told]


@pytest.mark.parametrize("query", ["-- closes\nselect 1 as one", "--closes\nselect 1 as one", "/* */ select 1 as one"])
def test_a_query_may_begin_with_a_comment(ask, query):
    assert ask(query, "csv") == '"one"\n1\n'


@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_a_stored_text_moves_no_cursor_and_begins_no_line(ask, output):
    text = ask("select 'a' || chr(27) || '[2J' || chr(10) || 'HK 2022-05-17: complete' || chr(8238) as name", output)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("HK") for line in text.splitlines())


def test_json_reads_back_what_is_stored(ask):
    query = "select chr(27) || chr(8238) || '指' as name, sum(range) as total from range(3)"
    assert json.loads(ask(query, "json")) == [{"name": "\x1b\u202e指", "total": 3}]


def test_what_is_no_number_is_null_in_json(ask):
    query = "select 'nan'::double as a, 'inf'::double as b, ['nan'::double, 1] as c"
    assert json.loads(ask(query, "json"), parse_constant=pytest.fail) == [{"a": None, "b": None, "c": [None, 1]}]


def test_two_columns_of_one_name_are_both_shown(ask):
    query = "select 1 as a, 2 as a, 3 as a_1, 4 as a"
    assert list(json.loads(ask(query, "json"))[0].values()) == [1, 2, 3, 4]
    assert cells(ask(query, "csv"))[1] == ["1", "2", "3", "4"]
    assert json.loads(ask("select 1 as a, 2 as a", "json")) == [{"a": 1, "a_1": 2}]


@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_what_takes_too_long_is_given_up_in_one_line(ask, output):
    with pytest.raises(AftercloseError, match=r"^no answer within 0\.2 s: ask for less, or .* --timeout$"):
        ask(LONG, output, "--timeout", "0.2")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no alarm here")
def test_ctrl_c_ends_a_query_without_a_trace(home, database):
    # An alarm in place of the hand: whether it comes before the query or within, the end is the same.
    pressed = "signal.signal(signal.SIGALRM, signal.default_int_handler); signal.setitimer(signal.ITIMER_REAL, 3)"
    code = f"import signal; {pressed}; from warehouse.door import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "sql", LONG],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"AFTERCLOSE_HOME": str(database)},
    )
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_what_takes_too_much_memory_is_given_up_in_one_line(ask, monkeypatch, output):
    monkeypatch.setattr(bounds, "MEMORY", "50MB")
    with pytest.raises(AftercloseError, match=r"^the query needs more memory than 50MB: ask for less$"):
        ask("select len(list(range)) as a from range(20_000_000)", output)


@pytest.mark.parametrize("output", ["csv", "json", "parquet"])
def test_an_answer_has_so_many_rows_at_most(ask, monkeypatch, output):
    monkeypatch.setattr(rows_screen, "LARGEST", 3)
    monkeypatch.setattr(rows_screen, "LARGEST_JSON", 3)
    assert ask("select * from range(3)", "csv") == '"range"\n0\n1\n2\n'
    with pytest.raises(AftercloseError, match=r"^more than 3 rows"):
        ask("select * from range(4)", output)


@pytest.mark.parametrize("query", ["select interval 1 day as a", "select union_value(b := 1) as a"])
def test_a_type_that_parquet_has_not_is_refused_in_one_line(ask, query):
    with pytest.raises(UsageError, match=r"^Unhandled type .*: cast it in the query, to text say$"):
        ask(query, "parquet")


@pytest.mark.parametrize("setting", ["memory_limit = '90GB'", "enable_external_access = true", "temp_directory = '/'"])
def test_a_query_cannot_lift_its_own_bounds(ask, setting):
    with pytest.raises(UsageError):
        ask(f"set {setting}; select 1")


@pytest.mark.parametrize(
    "query",
    [
        "from read_csv('{path}')",
        "install httpfs",
        "from read_text('{path}')",
        "from '{path}'",
        "copy (select 1) to '{path}'",
        "attach '{path}' as other",
        "load httpfs",
        "load '{path}'",
    ],
)
def test_a_query_opens_no_other_file_and_no_extension(ask, tmp_path, query):
    path = tmp_path / "private.csv"
    path.write_text("secret\n1\n")
    with pytest.raises(UsageError):
        ask(query.format(path=path))
    assert path.read_text() == "secret\n1\n"


def test_a_query_that_is_no_text_is_refused_in_one_line(ask):
    with pytest.raises(UsageError, match=r"^standard input is no text in UTF-8"):
        ask("-", given=b"select '\xff'")


def test_every_statement_shows_its_result_and_a_file_takes_one(ask):
    shown = ask("set variable two = 2; select 1 as one; select getvariable('two') as second")
    assert shown.index("one") < shown.index("second")
    assert cells(ask("set variable two = 2; select getvariable('two') as second", "csv")) == [["second"], ["2"]]
    with pytest.raises(UsageError, match="these are 2 queries"):
        ask("select 1; select 2", "csv")


def test_what_answers_nothing_is_no_query(ask):
    with pytest.raises(UsageError, match=r"^that is no query: `afterclose sql` reads, it does not write$"):
        ask("set variable two = 2")


def test_in_a_pipe_a_table_is_as_wide_as_it_is(ask):
    columns = ", ".join(f"repeat('{at % 10}', 14) as column_{at}" for at in range(40))
    shown = ask(f"select {columns}")
    assert all(f" column_{at} " in shown for at in range(40))


def test_a_table_has_so_many_rows_at_most_the_first_and_the_last(ask, monkeypatch):
    monkeypatch.setattr(rows_screen, "SHOWN", 4)
    shown = ask("select range + 100 as number from range(9)")
    assert [str(at) in shown for at in range(100, 109)] == [True, True, *[False] * 5, True, True]


def test_on_a_narrow_terminal_columns_go_and_no_value_is_cut(ask, monkeypatch):
    page = Console(file=io.StringIO(), force_terminal=True, width=60, highlight=False, color_system=None)
    monkeypatch.setattr(rows_screen, "make_console", lambda: page)
    monkeypatch.setattr(rows_screen.shutil, "get_terminal_size", lambda: os.terminal_size((60, 40)))
    monkeypatch.setattr(rows_screen, "NARROWEST", 20_000)  # the runner's output is no terminal
    columns = ", ".join(f"repeat('{at}', 14) as column_{at}" for at in range(9))
    ask(f"select {columns}")
    lines = page.file.getvalue().splitlines()
    assert lines[1].split() == [str(at) * 14 for at in range(3)]
    assert lines[-1] == "not shown for want of room: 6 of 9 columns"
