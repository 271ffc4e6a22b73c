"""Our reference files, and a person's corrections over them."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest

import warehouse.facts
from tasks.sources.registry import OFFICIAL, vendor_names
from tests.shipped import FACTS
from warehouse.errors import UsageError
from warehouse.facts.checking import wrong_corrections, wrong_files
from warehouse.facts.files import FILES, member_file
from warehouse.facts.market import Facts
from warehouse.facts.reading import REFERENCE, member_files, read_actions
from warehouse.settings import load_settings

SHIPPED = sorted(path.relative_to(REFERENCE).as_posix() for path in REFERENCE.rglob("*.csv"))
# Lists of indices that nobody follows as shipped are there for the row that does: tests/sql/test_follow_ours.py.
DECLARED = FILES | {file.name: file for index in FACTS.indices for file in [member_file(index.code, index.market)]}
FOLLOWED = FILES | member_files(FACTS.tables["indices.csv"])
MEMBERS = "symbol,name,valid_from,valid_to,source,confidence,note\n"
PROSE = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")


@pytest.fixture
def correct(home):
    """Write a correction as a person would; the next command finds it."""

    def write(name, text):
        path = home / "reference" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def facts():
    """The facts as the next command loads them."""
    return Facts.load(load_settings().reference_path)


def market(code):
    return facts().market(code)


def read_facts(name):
    return list(facts().tables[name])


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_row_of_every_reference_file_names_its_source(name):
    rows = rows_of(REFERENCE / name)
    assert rows
    assert [number for number, row in enumerate(rows, 2) if not (row["source"] or "").strip()] == []


def declared_keys():
    """The key of every file of `files.csv`, all files of members being one."""
    rows = rows_of(Path(warehouse.facts.__file__).with_name("files.csv"))
    return {row["file"]: tuple(row["key"].split()) for row in rows}


def test_the_prose_names_every_reference_file_and_no_other():
    named = re.findall(r"^\| `([A-Za-z0-9_/]+\.csv)` \|", PROSE, re.MULTILINE)
    assert sorted(named) == sorted(declared_keys())


def test_the_prose_gives_the_key_of_every_reference_file():
    rows = re.findall(r"^\| `([A-Za-z0-9_/]+\.csv)` \| ([^|]+) \|", PROSE, re.MULTILINE)
    assert {name: tuple(re.findall(r"`(\w+)`", key)) for name, key in rows} == declared_keys()


def test_the_whole_file_that_the_prose_shows_can_be_used_as_it_stands(correct):
    (text,) = re.findall(r"^  ```csv\n(.*?)^  ```$", PROSE, re.MULTILINE | re.DOTALL)
    correct("session_overlay.csv", re.sub("^  ", "", text, flags=re.MULTILINE))
    assert market("HK").sessions.on(date(2026, 8, 3)) is None
    assert market("HK").sessions.on(date(2026, 8, 4)).kind == "late"
    assert market("CN").sessions.on(date(2027, 2, 8)) is None


def test_every_reference_file_can_be_corrected():
    assert set(SHIPPED) <= DECLARED.keys()
    assert FOLLOWED.keys() == FACTS.tables.keys()
    assert set(SHIPPED) >= FOLLOWED.keys()


@pytest.mark.parametrize("name", SHIPPED)
def test_every_row_of_a_reference_file_has_a_key_of_its_own(name):
    file = DECLARED[name]
    keys = [file.key_of(file.read(row)) for row in rows_of(REFERENCE / name)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", sorted(FOLLOWED))
def test_a_copy_of_our_file_is_a_correction_that_changes_only_the_source(name, correct):
    ours = read_facts(name)
    correct(name, (REFERENCE / name).read_text(encoding="utf-8"))
    assert read_facts(name) == [row | {"source": f"local: {row['source']}"} for row in ours]


def test_a_local_row_with_our_key_replaces_ours_and_says_that_it_is_local(correct):
    day = date(2026, 6, 8)
    assert "0002.HK" in market("HK").members_on(day)
    correct("members/hsi.csv", MEMBERS + "0002.HK,CLP Holdings Ltd,2008-10-08,2026-06-01,invented notice,high,\n")
    assert "0002.HK" not in market("HK").members_on(day)
    assert "0002.HK" in market("HK").members_on(date(2026, 5, 29))
    (row,) = [row for row in read_facts("members/hsi.csv") if row["symbol"] == "0002.HK"]
    assert row["source"] == "local: invented notice"


def test_a_correction_may_leave_out_what_it_does_not_change(correct):
    correct("members/hsi.csv", "symbol,valid_from,valid_to,source\n0002.HK,2008-10-08,2026-06-01,invented notice\n")
    (row,) = [row for row in read_facts("members/hsi.csv") if row["symbol"] == "0002.HK"]
    assert (row["name"], row["valid_to"], row["confidence"]) == ("CLP Holdings Ltd", date(2026, 6, 1), "high")


def test_a_local_row_with_a_new_key_adds_to_ours(correct):
    before = market("HK").members_on(date(2026, 6, 8))
    correct("members/hsi.csv", MEMBERS + "0008.HK,PCCW Ltd,2026-06-08,,invented notice,low,\n")
    assert market("HK").members_on(date(2026, 6, 8)) == before | {"0008.HK"}


def test_a_local_spell_that_ends_where_it_begins_takes_ours_back(correct):
    correct("members/hsi.csv", MEMBERS + "0002.HK,CLP Holdings Ltd,2008-10-08,2008-10-08,invented notice,high,\n")
    assert "0002.HK" not in market("HK").members_on(date(2022, 5, 17))
    assert not any(spell.symbol == "0002.HK" for spell in market("HK").spells)


def test_a_local_session_row_closes_a_day_and_gives_another_its_hours(correct):
    head = "market,trade_date,kind,opens,closes,reason,source,confidence\n"
    correct("session_overlay.csv", head + "HK,2026-06-08,closed,,,storm,notice,high\n")
    assert market("HK").sessions.on(date(2026, 6, 8)) is None
    assert market("HK").sessions.on(date(2023, 9, 1)) is None
    correct("session_overlay.csv", head + "HK,2023-09-01,late,13:00,16:00,storm,notice,high\n")
    assert market("HK").sessions.on(date(2026, 6, 8)).kind == "full"
    assert market("HK").sessions.on(date(2023, 9, 1)).kind == "late"


def test_an_edit_of_the_same_length_is_seen(correct):
    line = "{},PCCW Ltd,2026-06-08,,invented notice,low,\n"
    path = correct("members/hsi.csv", MEMBERS + line.format("0008.HK"))
    assert "0008.HK" in market("HK").members_on(date(2026, 6, 8), "^HSI")
    path.write_text(MEMBERS + line.format("0009.HK"), encoding="utf-8")
    assert {"0008.HK", "0009.HK"} & market("HK").members_on(date(2026, 6, 8), "^HSI") == {"0009.HK"}


def test_another_home_does_not_see_the_corrections_of_the_first(correct, tmp_path, monkeypatch):
    correct("members/hsi.csv", MEMBERS + "0008.HK,PCCW Ltd,2026-06-08,,invented notice,low,\n")
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path / "other"))
    assert "0008.HK" not in market("HK").members_on(date(2026, 6, 8), "^HSI")


def test_facts_of_ours_alone_are_back_when_the_corrections_go(correct):
    correct("members/hsi.csv", MEMBERS + "0008.HK,PCCW Ltd,2026-06-08,,invented notice,low,\n").unlink()
    assert not any(row["source"].startswith("local") for row in read_facts("members/hsi.csv"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("symbol,name\n", r"line 1: missing column valid_from, source; the columns are symbol,name,valid_from,"),
        ("symbol,name,name,valid_from,source\n", r"line 1: a column stands twice; the columns are symbol,name,"),
        ("symbol,valid_from,source,until\n", r"line 1: unknown column until; the columns are symbol,name,"),
        ("symbol;valid_from;source\n", r"line 1: separated by ';': save it with commas; the columns are"),
        ("symbol\tvalid_from\tsource\n", r"line 1: separated by tabs: save it with commas; the columns are"),
        ("0008.HK,PCCW,2026-06-08,,notice,low,\n", r"line 1: there is no header; the columns are"),
        ("", r"line 1: the file is empty; the columns are"),
        (MEMBERS + "0008.HK,PCCW,2026-06-08,,,low,\n", r"line 2: source is empty"),
        (MEMBERS + "\n\n,PCCW,2026-06-08,,notice,low,\n", r"line 4: symbol is empty"),
        (MEMBERS + "0008.HK,PCCW,,,notice,low,\n", r"line 2: valid_from is empty: a spell needs its first session"),
        (MEMBERS + "8,PCCW,2026-06-08,,notice,low,\n", r"line 2: symbol '8' is no Hong Kong symbol: write it as 0700"),
        (MEMBERS + "00008.HK,PCCW,2026-06-08,,notice,low,\n", r"line 2: symbol '00008.HK' is no Hong Kong symbol"),
        (MEMBERS + "0008.hk,PCCW,2026-06-08,,notice,low,\n", r"line 2: symbol '0008.hk' is no Hong Kong symbol"),
        (MEMBERS + "０００８.HK,PCCW,2026-06-08,,notice,low,\n", r"line 2: symbol '０００８.HK' is no Hong Kong"),
        (MEMBERS + "600519.SS,Moutai,2026-06-08,,notice,low,\n", r"line 2: symbol '600519.SS' is no Hong Kong symbol"),
        (
            MEMBERS + 2 * "0008.HK,PCCW,2026-06-08,,notice,low,\n",
            r"line 3 repeats the key of line 2: 0008.HK, 2026-06-0",
        ),
        (MEMBERS + "0008.HK,PCCW,8 June,,notice,low,\n", r"line 2: valid_from '8 June' is no date such as 2022-05-17"),
        (MEMBERS + "0008.HK,PCCW,20260608,,notice,low,\n", r"line 2: valid_from '20260608' is no date"),
        (MEMBERS + "0008.HK,PCCW,2026-06-08,2026-06-01,notice,low,\n", r"line 2: valid_to 2026-06-01 is before"),
        (
            MEMBERS + "0008.HK,PCCW,2026-06-08,,notice,sure,\n",
            r"line 2: confidence 'sure' is none of high, medium, low",
        ),
        (MEMBERS + "0008.HK,PCCW, Ltd,2026-06-08,,notice,low,\n", r"line 2: too few or too many values: put one"),
        (
            MEMBERS + '0008.HK,PCCW,2026-06-08,,notice,low,"made up\n0009.HK,Keyne,2026-06-08,,notice,low,\n',
            r"line 2: unexpected end of data: is there a quotation mark that nobody closes\?",
        ),
        (
            MEMBERS + '0008.HK,PCCW,2026-06-08,,notice,low,"made up\n0009.HK,Keyne,2026-06-08,,notice,low,"x"\n',
            r"line 2: ',' expected after '\"': is there a quotation mark that nobody closes\?",
        ),
        (MEMBERS + f"0008.HK,PCCW,2026-06-08,,{'x' * 200_000},low,\n", r"line 2: field larger than field limit"),
    ],
)
def test_a_wrong_correction_is_one_line_with_its_file_and_line(correct, text, problem):
    path = correct("members/hsi.csv", text)
    with pytest.raises(UsageError, match=f"^{path} {problem}"):
        facts()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("HK,2026-06-08,late,,16:00,storm,notice,high", "a session of kind 'late' needs opens and closes"),
        ("HK,2026-06-08,full,16:30,16:00,,notice,high", "opens 16:30 is not before closes 16:00"),
        ("HK,2026-06-08,full,16:00,16:00,,notice,high", "opens 16:00 is not before closes 16:00"),
        ("HK,2026-06-08,closed,09:30,16:00,storm,notice,high", "a closed day has no hours: leave opens and closes"),
        ("HK,2026-06-08,,,,storm,notice,high", "kind is empty: every session needs one"),
        ("HK,,closed,,,storm,notice,high", "trade_date is empty: every fact needs one"),
    ],
)
def test_a_session_that_cannot_be_is_refused(correct, row, problem):
    correct("session_overlay.csv", f"market,trade_date,kind,opens,closes,reason,source,confidence\n{row}\n")
    with pytest.raises(UsageError, match=f"line 2: {problem}"):
        facts()


def test_a_symbol_outside_the_indices_may_be_of_any_board(correct):
    correct("st_spells.csv", "symbol,is_st,valid_from,source\n830032.BJ,true,,notice\n900901.SS,true,,notice\n")
    assert {"830032.BJ", "900901.SS"} <= {row["symbol"] for row in read_facts("st_spells.csv")}
    correct("st_spells.csv", "symbol,is_st,valid_from,source\n830032,true,,notice\n")
    with pytest.raises(UsageError, match="line 2: symbol '830032' is no symbol: write it as 0700"):
        facts()


def test_what_is_no_number_is_refused(correct):
    correct(
        "member_counts.csv", "index_symbol,valid_from,member_count,exception,source\n^HSI,2026-11-02,many,,notice\n"
    )
    with pytest.raises(UsageError, match="line 2: member_count 'many' is no number such as 10"):
        facts()


@pytest.mark.parametrize(
    ("symbol", "is_taken"), [("600519.SS", True), ("300750.SZ", True), ("600519", False), ("600519.SZ", False)]
)
def test_a_mainland_symbol_is_held_to_its_exchange(correct, symbol, is_taken):
    correct("members/csi300.csv", MEMBERS + f"{symbol},a company,2026-11-02,,notice,low,\n")
    if is_taken:
        assert symbol in market("CN").members_on(date(2026, 11, 2))
    else:
        with pytest.raises(UsageError, match=r"is no mainland symbol: write it as 600519\.SS or 000001\.SZ"):
            facts()


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_a_file_of_another_encoding_is_one_line_that_says_how_to_save_it(correct, encoding):
    path = correct("session_overlay.csv", "")
    head = "market,trade_date,kind,opens,closes,reason,source,confidence\n"
    path.write_text(head + "HK,2026-06-08,closed,,,台风,notice,high\n", encoding=encoding)
    with pytest.raises(UsageError, match=rf"^{path} is not UTF-8: save it as 'CSV UTF-8'$"):
        facts()


def test_a_file_that_excel_saved_as_utf_8_is_read(correct):
    path = correct("members/hsi.csv", "")
    path.write_bytes(
        b"\xef\xbb\xbf" + f"{MEMBERS}0008.HK,PCCW,2026-06-08,,notice,low,\n".replace("\n", "\r\n").encode()
    )
    assert "0008.HK" in market("HK").members_on(date(2026, 6, 8), "^HSI")


def test_every_wrong_correction_is_told_and_no_good_one(correct):
    assert wrong_corrections(load_settings().reference_path) == []
    spell = correct("members/hsi.csv", MEMBERS + "0008.HK,PCCW,,,notice,low,\n")
    unknown = correct("member/hsi.csv", MEMBERS)
    correct("members/hstech.csv", MEMBERS + "0008.HK,PCCW,2026-06-08,,notice,low,\n")
    assert [problem.partition(":")[0] for problem in wrong_corrections(load_settings().reference_path)] == [
        f"{unknown} corrects nothing",
        f"{spell} line 2",
    ]


def test_a_correction_of_a_file_that_we_do_not_have_is_refused_with_those_that_we_have(correct):
    correct("member/hsi.csv", MEMBERS)
    with pytest.raises(UsageError, match=r"member/hsi\.csv corrects nothing: we have ah_pairs\.csv, .*hours\.csv"):
        facts()


@pytest.mark.parametrize("name", ["reference", "reference/names.csv", "actions.csv"])
def test_what_cannot_be_read_is_no_correction_that_is_not_there(home, name):
    path = home / name
    path.parent.mkdir(parents=True)
    path.symlink_to("a disk that is not mounted")
    (problem,) = wrong_files(load_settings())
    assert problem.startswith(f"{path} cannot be read: ")
    with pytest.raises(UsageError, match=f"^{path} cannot be read: .*No such file"):
        facts(), read_actions(home / "actions.csv")


def test_a_folder_of_corrections_may_lie_elsewhere(correct, home, tmp_path):
    members = correct("members/hsi.csv", MEMBERS + "0008.HK,PCCW Ltd,2026-06-08,,invented notice,low,\n").parent
    members.rename(tmp_path / "elsewhere")
    members.symlink_to(tmp_path / "elsewhere")
    assert "0008.HK" in market("HK").members_on(date(2026, 6, 8), "^HSI")
    (tmp_path / "elsewhere" / "hsi.csv").write_text(MEMBERS + "0008.HK,PCCW Ltd,,,invented notice,low,\n")
    (problem,) = wrong_files(load_settings())
    assert problem.startswith(f"{members / 'hsi.csv'} line 2: valid_from is empty")


def test_an_index_without_a_list_of_members_cannot_be_followed(correct):
    correct("indices.csv", "index_symbol,role,source\n^HSCE,followed,mine\n")
    with pytest.raises(
        UsageError, match=r"an index is followed, but there is no list of its members, members/hscei\.csv"
    ):
        facts()


def test_an_index_that_only_a_person_follows_has_the_members_that_he_lists(correct):
    correct("indices.csv", "index_symbol,role,source\n^HSCE,followed,mine\n")
    correct("members/hscei.csv", MEMBERS + "0008.HK,PCCW Ltd,2026-06-08,,invented notice,low,\n")
    found = market("HK")
    assert found.members_on(date(2026, 6, 8), "^HSCE") == {"0008.HK"}
    assert found.members_on(date(2026, 6, 5), "^HSCE") == set()
    assert {row["source"] for row in read_facts("members/hscei.csv")} == {"local: invented notice"}


def test_of_every_vendor_that_can_be_asked_it_is_said_whose_its_data_are():
    said = {row["vendor"]: row for row in FACTS.tables["sources.csv"]}
    assert {*vendor_names(), *OFFICIAL, "csindex"} - said.keys() == set(), "each needs a row in sources.csv"
    assert {row["use"] for row in said.values()} <= {"own", "share", "unknown"}
    # Nobody has read the terms of any vendor, so nothing of theirs may be passed on.
    assert {vendor for vendor, row in said.items() if row["use"] == "share"} == {"simulated"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("hkex,me,,2026-11-26,free,me", "use 'free' is none of own, share, unknown"),
        ("hkex,me,,last week,own,me", "terms_read 'last week' is no day such as 2026-11-26, nor 'not read'"),
        (",me,,not read,own,me", "vendor is empty"),
    ],
)
def test_what_may_be_done_with_a_vendors_data_is_said_in_our_words(correct, row, problem):
    correct("sources.csv", f"vendor,owner,terms,terms_read,use,source\n{row}\n")
    with pytest.raises(UsageError, match=f"line 2: {problem}"):
        facts()


def test_without_a_home_our_facts_stand_alone(tmp_path):
    assert len(Facts.load(tmp_path / "absent").tables["markets.csv"]) == 2
    assert len(Facts.load(None).tables["markets.csv"]) == 2


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("hours.csv", "market,valid_from,closes,source\nHK,2022-05-16,15:30,x\n", "line 2: opens is empty"),
        (
            "hours.csv",
            "market,valid_from,opens,closes,half_day_closes,source\nHK,2026-05-16,09:30,04:00,12:00,x\n",
            "line 2: opens 09:30 is not before closes 04:00",
        ),
        (
            "hours.csv",
            "market,valid_from,opens,closes,source\nHK,2026-05-16,09:30,16:00,x\n",
            "hours.csv: HK has half days after 2026-05-16, and no half_day_closes",
        ),
        ("indices.csv", "index_symbol,history,source\n^HSI,5D,x\n", "line 2: history '5D' is none of max, 5d"),
        ("indices.csv", "index_symbol,review_months,source\n^HSI,March,x\n", "review_months 'March' is no list of mon"),
        ("indices.csv", "index_symbol,review_friday,source\n^HSI,9,x\n", "review_friday '9' is no Friday of a month"),
        (
            "indices.csv",
            "index_symbol,index_code,name,name_zh,market,currency,role,source\n^X,HSI,X,X,HK,HKD,price_only,x\n",
            "indices.csv: two rows have the index_code HSI",
        ),
        (
            "ah_pairs.csv",
            "a_symbol,h_symbol,company,source\n600036.SS,0939.HK,China Merchants Bank,x\n",
            "ah_pairs.csv: two rows have the h_symbol 0939.HK",
        ),
        (
            "member_counts.csv",
            f"index_symbol,valid_from,member_count,source\n^HSI,2026-05-16,{10**20},x\n",
            "line 2: member_count '100000000000000000000' is no number such as 10",
        ),
        (
            "change_days.csv",
            "index_symbol,trade_date,reason,source\nHSTECH,2026-05-18,x,x\n",
            "change_days.csv: no row of indices.csv has the index_symbol 'HSTECH'",
        ),
        (
            "price_limits.csv",
            "board,is_st,valid_from,percent,source\nChinext,false,2026-05-18,10,x\n",
            "price_limits.csv: no row of boards.csv has the board 'Chinext'",
        ),
        ("ticks.csv", "market,from_price,valid_from,tick,source\nHK,0,2026-01-01,0,x\n", "line 2: tick '0' is no num"),
        (
            "ticks.csv",
            "market,from_price,to_price,valid_from,tick,source\nHK,10,5,2026-01-01,0.01,x\n",
            "line 2: to_price 5.0 is before from_price 10.0",
        ),
        (
            "security_codes.csv",
            "market,first_code,last_code,kind,source\nHK,700,700,shares,x\n",
            "line 2: kind 'shares' is none of share, REIT,",
        ),
        (
            "security_codes.csv",
            "market,first_code,last_code,kind,source\nHK,800,700,share,x\n",
            "line 2: last_code 700 is before first_code 800",
        ),
        ("indices.csv", "index_symbol,role,name,source\n^HSI,followed,,x\n", "line 2: name is empty"),
        ("indices.csv", "index_symbol,role,source\n^FOO,price_only,x\n", "line 2: index_code is empty"),
        ("markets.csv", "market,time_zone,source\nHK,Asia/HongKong,x\n", "line 2: time_zone 'Asia/HongKong' is no"),
        ("markets.csv", "market,time_zone,source\nHK,../../etc/passwd,x\n", "line 2: time_zone '../../etc/passwd' is"),
        ("markets.csv", "market,time_zone,source\nHK,,x\n", "line 2: time_zone is empty"),
        ("markets.csv", "market,calendar,source\nHK,XXXX,x\n", "line 2: calendar 'XXXX' is no calendar"),
        ("markets.csv", "market,final_after_minutes,source\nHK,999999999999,x\n", "line 2: final_after_minutes '9999"),
        ("security_names.csv", "market,pattern,kind,source\nHK,(((,x,x\n", "line 2: pattern '(((' is no regular"),
        ("security_names.csv", "market,pattern,kind,source\nHK,a(?=b),x,x\n", "line 2: pattern 'a(?=b)' is no regular"),
        (
            "boards.csv",
            "market,board,pattern,source\nCN,STAR,6005??.SS,x\n",
            ": some code is of STAR (6005??.SS) and of SSE Main (60????.SS)",
        ),
        (
            "boards.csv",
            "market,board,pattern,source\nCN,SSE Main,688???.SS,x\n",
            ": some code is of SSE Main (688???.SS) and of STAR (68[89]???.SS)",
        ),
        ("boards.csv", "market,board,pattern,source\nCN,STAR,60*.SS,x\n", "line 2: pattern '60*.SS' is no pattern of"),
        ("currency_rates.csv", "from_currency,to_currency,valid_from,source\nEUR,HKD,,x\n", "line 2: lowest is empty"),
    ],
)
def test_a_correction_that_no_run_could_use_is_one_line_and_said_before_any_run(correct, name, text, problem):
    correct(name, text)
    with pytest.raises(UsageError) as refusal:
        facts()
    assert problem in str(refusal.value)
    assert wrong_corrections(load_settings().reference_path) == [str(refusal.value)]


def test_files_that_are_right_and_do_not_go_together_are_one_line_too(correct):
    correct("indices.csv", "index_symbol,market,source\n^HSI,CN,x\n")
    with pytest.raises(UsageError, match="what stands there does not go together with our facts") as refusal:
        facts()
    assert wrong_corrections(load_settings().reference_path) == [str(refusal.value)]


def test_a_market_may_have_no_lunch(correct):
    correct("hours.csv", "market,valid_from,opens,closes,half_day_closes,source\nHK,2022-05-16,09:30,16:00,12:00,x\n")
    session = facts().market("HK").sessions.on(date(2022, 5, 17))
    assert (session.lunch_starts, session.lunch_ends) == (None, None)


def test_a_file_is_a_correction_however_its_suffix_is_written(correct):
    correct("NOTHING.CSV", "market,source\n")
    with pytest.raises(UsageError, match=r"NOTHING\.CSV corrects nothing"):
        facts()
