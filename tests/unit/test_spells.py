"""A person's rows beside ours: no day has two, and what he does not speak of stays."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from warehouse.errors import UsageError
from warehouse.facts.files import FILES
from warehouse.facts.market import Facts
from warehouse.facts.spells import one_a_day
from warehouse.facts.universe import covers

NAMES = FILES["names.csv"]
FIRST = date(2022, 1, 1)
DAYS = [FIRST + timedelta(days=at) for at in range(12)]


def row(begins, ends, name, symbol="0001.HK"):
    day = {None: None} | {at: FIRST + timedelta(days=at) for at in range(20)}
    return dict.fromkeys(NAMES.columns) | {
        "symbol": symbol, "valid_from": day[begins], "valid_to": day[ends], "name": name
    }  # fmt: skip


def told(rows, symbol="0001.HK"):
    """The name of each day, all of them where there are several."""
    mine = [each for each in rows if each["symbol"] == symbol]
    return [
        "".join(each["name"] for each in mine if covers(each["valid_from"], each["valid_to"], day)) or "-"
        for day in DAYS
    ]


@pytest.mark.parametrize(
    ("ours", "given", "says"),
    [
        ([(None, None, "a")], [(5, None, "b")], "aaaaabbbbbbb"),
        ([(None, None, "a")], [(5, 8, "b")], "aaaaabbbaaaa"),
        ([(None, 6, "a"), (6, None, "c")], [(2, None, "b")], "aabbbbcccccc"),  # open: until the next is known
        ([(None, 6, "a"), (6, None, "c")], [(2, 9, "b")], "aabbbbbbbccc"),
        ([(3, 6, "a")], [(None, None, "b")], "bbbaaa------"),
        ([(3, 6, "a")], [(3, 3, "b")], "---aaa------"),  # that it never was, of another key, changes nothing
        ([(None, None, "a")], [(2, 4, "b"), (4, None, "c")], "aabbcccccccc"),
        ([(None, 6, "a")], [(6, 6, "z"), (4, None, "b")], "aaaabbbbbbbb"),  # ours from 6 on never was: it began on 4
    ],
)
def test_a_given_row_takes_the_place_of_ours_on_its_days_and_on_no_others(ours, given, says):
    assert "".join(told(one_a_day(NAMES, [row(*each) for each in ours], [row(*each) for each in given]))) == says


def test_another_symbol_s_rows_stay():
    rows = one_a_day(NAMES, [row(None, None, "a"), row(None, None, "z", "0002.HK")], [row(5, None, "b")])
    assert told(rows, "0002.HK") == ["z"] * len(DAYS)


def test_given_rows_over_one_another_are_refused():
    with pytest.raises(ValueError, match="the row from 2022-01-04 on begins before that from 2022-01-02 on ends"):
        one_a_day(NAMES, [], [row(1, 5, "a"), row(3, None, "b")])


bounds = st.tuples(st.none() | st.integers(0, 8), st.none() | st.integers(1, 12)).filter(
    lambda pair: pair[1] is None or (pair[0] or 0) < pair[1]
)


@given(st.lists(bounds, max_size=4), st.lists(bounds, max_size=3))
def test_no_day_has_two_and_a_bounded_row_has_all_of_its_own(ours, theirs):
    ours = [row(*pair, name) for pair, name in zip(ours, "abcd", strict=False)]
    assume(all(len(name) == 1 for name in told(ours)))
    theirs = [row(*pair, name) for pair, name in zip(theirs, "xyz", strict=False)]
    assume(len({each["valid_from"] for each in (*ours, *theirs)}) == len(ours) + len(theirs))
    try:
        found = told(one_a_day(NAMES, ours, theirs))
    except ValueError:
        assume(False)
    assert all(len(name) == 1 for name in found)
    for each in theirs:
        own = [found[at] for at, day in enumerate(DAYS) if covers(each["valid_from"], each["valid_to"], day)]
        assert not each["valid_to"] or set(own) <= {each["name"]}
    before = told(ours)
    spoken = [any(covers(each["valid_from"], each["valid_to"], day) for each in theirs) for day in DAYS]
    assert [name for name, is_theirs in zip(found, spoken, strict=True) if not is_theirs] == [
        name for name, is_theirs in zip(before, spoken, strict=True) if not is_theirs
    ]


def test_a_correction_says_in_one_line_that_its_rows_lie_over_one_another(tmp_path):
    lines = ["symbol,valid_from,valid_to,source", "0005.HK,2022-01-03,2022-06-01,me", "0005.HK,2022-05-02,,me"]
    (tmp_path / "unobtainable.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(UsageError, match=r"unobtainable\.csv: the row from 2022-05-02 on begins before that from 2022"):
        Facts.load(tmp_path)


def test_two_ticks_for_one_price_are_refused(tmp_path):
    header = "market,from_price,to_price,valid_from,valid_to,tick,source\n"
    (tmp_path / "ticks.csv").write_text(header + "HK,10,200,2022-04-26,,0.07,me\n")
    with pytest.raises(UsageError, match=r"ticks\.csv: from 2022-04-26 on HK has two ticks for a price of 20$"):
        Facts.load(tmp_path)
    (tmp_path / "ticks.csv").write_text(header + "HK,10,20,2022-04-26,,0.07,me\n")
    assert Facts.load(tmp_path).market("HK")
