"""The rules that look across a whole evening, through validate: invented bars of the real members."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from tasks.collect import Terms
from tasks.plan import Past, Window
from tests.conftest import walk
from tests.judging import validate
from tests.shipped import HK
from warehouse.bars.answers import Answer
from warehouse.lake.schema import ACTIONS, STOCKS
from warehouse.rules.evening import EVENING_RULES, SECTION, broken
from warehouse.rules.registry import SEVERITIES

FIRST, BEFORE, DAY = date(2022, 5, 3), date(2022, 5, 16), date(2022, 5, 17)
NOW = datetime(2022, 5, 17, 10, 30, tzinfo=UTC)
WINDOW = Window(HK, FIRST, DAY)
MEMBERS = sorted(spell.symbol for spell in HK.spells if spell.index_symbol == "^HSI" and spell.covers(DAY))


def answer(symbol, bars):
    columns = {name: [bar[at] for bar in bars.values()] for at, name in enumerate(("open", "high", "low", "close"))}
    return Answer(
        symbol,
        "ok",
        NOW,
        currency="HKD",
        time_zone="Asia/Hong_Kong",
        trade_date=list(bars),
        volume=[bar[4] for bar in bars.values()],
        **columns,
    )


def market(index_move=0.0, members=MEMBERS):
    """Every member on its own little walk, and the index at 20,000, moved on the last day."""
    level = dict.fromkeys(walk("^HSI", HK, FIRST, DAY), 20000.0)
    index = {day: (value, value + 50, value - 50, value + at, 0) for at, (day, value) in enumerate(level.items())}
    index[DAY] = (*(price * (1 + index_move) for price in index[DAY][:4]), 0)
    return [answer("^HSI", index), *(answer(symbol, walk(symbol, HK, FIRST, DAY)) for symbol in members)]


def checked(answers):
    nothing = Past(*(dataset.schema.empty_table().to_pandas() for dataset in (STOCKS, ACTIONS)))
    return validate(answers, nothing, Terms(WINDOW, NOW, timedelta(minutes=30), "yahoo"))


def section(rows):
    return pa.Table.from_pandas(pd.DataFrame(rows).reindex(columns=SECTION.names), SECTION, preserve_index=False)


def found(result, status):
    rows = result.held[result.held["status"] == status]
    return sorted(zip(rows["symbol"], rows["trade_date"], rows["rule"], strict=True))


def test_an_evening_in_which_all_is_there_and_moves_together_breaks_no_rule():
    result = checked(market())
    assert found(result, "held") == []
    assert found(result, "warned") == []


@pytest.mark.parametrize("move", [0.1, -0.1])
def test_an_index_ten_percent_off_what_its_members_did_is_held_and_says_so(move):
    result = checked(market(move))
    assert found(result, "held") == [("^HSI", DAY, "index_against_members")]
    (detail,) = result.held["detail"]
    assert detail.startswith("^HSI 2022-05-17 index_against_members: open ")
    assert f"{len(MEMBERS)} members moved" in detail


def test_an_index_five_percent_off_its_members_mean_may_be_right():
    assert found(checked(market(0.05)), "held") == []


def test_an_index_is_not_judged_by_a_minority_of_its_members():
    assert found(checked(market(0.1, MEMBERS[: len(MEMBERS) // 2 - 1])), "held") == []


def test_members_that_answered_without_a_bar_of_the_day_are_warned_of_by_name():
    answers = market()
    late = answers[3].symbol
    bars = walk(late, HK, FIRST, BEFORE)
    result = checked([answer(late, bars) if one.symbol == late else one for one in answers])
    assert found(result, "warned") == [("HK", DAY, "session_covered")]
    assert result.held["detail"].tolist() == [f"expected {len(MEMBERS)} members, no bar of 1: {late}"]


def test_a_tenth_of_the_market_gone_is_a_jump_in_the_row_count():
    answers = market()
    gone = {one.symbol for one in answers[1:11]}
    short = [answer(o.symbol, walk(o.symbol, HK, FIRST, BEFORE)) if o.symbol in gone else o for o in answers]
    assert ("HK", DAY, "row_count_jump") in found(checked(short), "warned")


def test_rows_are_counted_against_the_sessions_around_and_not_against_another_year_s_list():
    # Twelve sessions of eight stocks, then twelve of twenty: the list grew, and no session lacks anything.
    days = HK.sessions.between(date(2022, 3, 1), date(2022, 4, 6))[:24]
    grown = {day: (8 if at < 12 else 20) for at, day in enumerate(days)}
    assert jumps(grown) == []
    assert jumps(grown | {days[4]: 4}) == [days[4]]


def jumps(counts):
    """The days on which the count of stocks, by day, jumps."""
    rows = [
        {"symbol": f"{number:04d}.HK", "trade_date": day, "is_index": False, "is_new": True, "close": 1.0}
        for day, count in counts.items()
        for number in range(count)
    ]
    broken_rules = broken(section(rows), [], HK, [])
    return broken_rules.loc[broken_rules["rule"] == "row_count_jump", "trade_date"].tolist()


@pytest.mark.parametrize(
    ("opened", "closed", "others", "is_ex", "is_said"),
    [
        (75.0, 73.0, -2.0, False, True),
        (75.0, 73.0, -2.0, True, False),  # somebody told of a dividend
        (99.0, 73.0, -2.0, False, False),  # bad news of the afternoon
        (75.0, 73.0, -18.0, False, False),  # a crash of all
        (90.0, 89.0, -2.0, False, False),
    ],
)
def test_a_fall_from_the_open_on_beside_calm_peers_without_an_event_is_a_warning(
    opened, closed, others, is_ex, is_said
):
    bar = {"trade_date": DAY, "reference_price": 100.0, "sessions_since": 1.0, "trading_state": "traded"}
    bar |= {"is_index": False, "is_new": True, "is_ex": False}
    rows = [bar | {"symbol": f"{number:04d}.HK", "open": 100.0, "close": 100.0 + others} for number in range(20)]
    rows.append(bar | {"symbol": "0700.HK", "open": opened, "close": closed, "is_ex": is_ex})
    found_rules = broken(section(rows), [], HK, [])
    said = found_rules[found_rules["rule"] == "fall_without_event"]
    assert said["symbol"].tolist() == ["0700.HK"] * is_said
    if is_said:
        assert said["detail"].tolist() == ["fell 27.0% while 20 others moved -2.0% on average"]


def test_every_rule_has_its_query_and_its_severity():
    for rule in EVENING_RULES:
        assert rule.query.startswith("--")
    assert set(SEVERITIES.values()) == {"reject", "hold", "warn"}


def test_an_index_that_its_members_belie_is_held_and_what_else_an_evening_shows_is_a_warning():
    assert {rule.name: rule.severity for rule in EVENING_RULES} == {
        "index_against_members": "hold",
        "session_covered": "warn",
        "row_count_jump": "warn",
        "fall_without_event": "warn",
    }
