"""Laws of the sentences: every number in them is a column of their row, and no claim goes beyond it."""

import re
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.wording.figures import level, percentage
from warehouse.wording.sentences import headlines

# A row has a hundred columns: it takes a while to draw.
LAW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
DAYS = st.dates(date(2019, 1, 2), date(2026, 12, 30))
MOVES = st.floats(-0.3, 0.3).filter(lambda move: abs(move) > 1e-9)
PEOPLE = (("Tencent", "騰訊控股", "腾讯控股"), ("AIA", "友邦保險", "友邦保险"), ("HSBC", "滙豐控股", "汇丰控股"))
MARKS = st.sampled_from([None, "ex-dividend", "limit-up"])
STATUSES = st.sampled_from([None, "since", "record", "incomplete"])
KINDS = ("week", "month", "quarter", "year")
PERIODS = ("return_wtd", "return_mtd", "return_qtd", "return_ytd")


@st.composite
def movers(draw, side, count, sign):
    """The best (or worst) of `count` members, three at most, some without a Chinese name."""
    told = PEOPLE[:count]
    columns = {
        f"{side}{suffix}": [draw(st.sampled_from([names[at], None])) if at else names[at] for names in told]
        for at, suffix in enumerate(("", "_zh", "_zh_hans"))
    }
    moves = sorted((sign * abs(draw(MOVES)) for _ in told), reverse=sign > 0)
    return columns | {f"{side}_return": moves, f"{side}_mark": [draw(MARKS) for _ in told]}


@st.composite
def members(draw):
    """The counts of an index's members, or of one without."""
    if draw(st.booleans()):
        names = ("member_count", "advancers", "decliners", "with_return", "without_return", "unobtainable")
        return dict.fromkeys((*names, "held", "missing", "no_reference")) | {
            **draw(movers("leaders", 0, 1)),
            **draw(movers("laggards", 0, -1)),
        }
    up, down, unchanged, held, gone, missing, unreferenced, suspended = (draw(st.integers(0, 40)) for _ in range(8))
    return {
        "member_count": up + down + unchanged + held + gone + missing + unreferenced + suspended,
        "advancers": up,
        "decliners": down,
        "with_return": up + down + unchanged,
        "without_return": held + gone + missing + unreferenced,
        "held": held,
        "missing": missing + gone,
        "unobtainable": gone,
        "no_reference": unreferenced,
        **draw(movers("leaders", up, 1)),
        **draw(movers("laggards", down, -1)),
    }


@st.composite
def rows(draw):
    trade_date = draw(DAYS)
    earlier = st.none() | st.dates(date(1986, 1, 2), trade_date)
    move = draw(st.none() | st.floats(-0.3, 0.3))
    dates = ("best", "worst", "longest_streak", "highest_close", "lowest_close", "members_unconfirmed")
    statuses = ("since", "longest_streak", "highest_close", "lowest_close")
    change_on = draw(st.none() | st.dates(trade_date, date(2027, 6, 1)))
    return {
        **draw(members()),
        **{f"{name}_since": draw(earlier) for name in (*dates, *KINDS)},
        **{f"{name}_status": draw(STATUSES) for name in (*statuses, *(f"{kind}_since" for kind in KINDS))},
        **{f"{kind}_streak": draw(st.none() | st.integers(-9, 9)) for kind in KINDS},
        **{name: draw(st.none() | MOVES) for name in PERIODS},
        "name": "Index",
        "name_zh": "指數",
        "name_zh_hans": "指数",
        "trade_date": trade_date,
        "session_kind": draw(st.sampled_from(["full", "half"])),
        "state": draw(st.sampled_from(["complete", "partial", "pending"])),
        "close": draw(st.floats(1, 99_999)),
        "change_points": None if move is None else draw(st.floats(0, 999)) * (1 if move > 0 else -1),
        "return_1d": move,
        "return_at_high": draw(st.none() | MOVES),
        "return_at_low": draw(st.none() | MOVES),
        "rank_in_month": draw(st.none() | st.integers(1, 23)),
        "fall_rank_in_month": draw(st.none() | st.integers(1, 23)),
        "month_sessions": draw(st.integers(1, 23)),
        "month_best_before": draw(st.none() | MOVES),
        "month_worst_before": draw(st.none() | MOVES),
        "usual_moves": draw(st.none() | st.just([0.003, 0.01, 0.02, 0.04])),
        "history_from": draw(st.dates(date(1986, 1, 2), trade_date)),
        "launched_on": date(1985, 12, 30),
        "history_is_whole": draw(st.booleans()),
        "last_missing": draw(earlier),
        "streak": draw(st.none() | st.integers(-15, 15)),
        "streak_matched_on": draw(earlier),
        **{f"{name}_matched_on": draw(earlier) for name in ("return", "close", *KINDS)},
        "high_52w": 5000.0,
        "low_52w": 3000.0,
        "status_52w": draw(st.sampled_from(["whole", "incomplete", "short"])),
        "ends": draw(st.none() | st.lists(st.sampled_from(KINDS), unique=True, min_size=1)),
        "week_sessions": draw(st.integers(1, 5)),
        "resumed": ["Evergrande"],
        "resumed_zh": ["中國恒大"],
        "resumed_zh_hans": ["中国恒大"],
        "resumed_return": [draw(MOVES)],
        "change_on": change_on,
        "change": "from 30 to 50 members" if change_on else None,
        "change_zh": "成份股由30隻增至50隻" if change_on else None,
        "change_zh_hans": None,
        "source": draw(st.sampled_from(["yahoo", "simulated"])),
    }


def numbers_of(row):
    """Every number that a sentence on this row may hold, as it may be written."""
    days = [value for value in row.values() if isinstance(value, date)]
    found = {str(part) for day in days for part in (day.year, day.month, day.day, (day.month - 1) // 3 + 1)}
    counts = ("member_count", "advancers", "decliners", "with_return", "without_return", "held", "missing")
    counts += ("no_reference", "unobtainable", "streak", *(f"{kind}_streak" for kind in KINDS))
    found |= {str(abs(row[name] or 0)) for name in counts}
    found.add(str((row["missing"] or 0) - (row["unobtainable"] or 0)))
    found |= {level(row["close"]), level(row["change_points"] or 0)}
    moves = [row[name] for name in (*PERIODS, "return_1d", "return_at_high", "return_at_low")]
    moves += [move for side in ("leaders", "laggards", "resumed") for move in row[f"{side}_return"] or ()]
    found |= {percentage(move, places)[:-1] for move in moves if move is not None for places in (1, 2)}
    texts = ("name", "change", "leaders", "laggards", "resumed")
    words = str([row.get(f"{text}{suffix}") for text in texts for suffix in ("", "_zh", "_zh_hans")])
    return found | set(re.findall(r"\d[\d,.]*\d|\d", words)) | {"52"}


def strange_numbers(row):
    """The numbers in the row's sentences that are none of its columns."""
    return set(re.findall(r"\d[\d,.]*\d|\d", " ".join(headlines(row).values()))) - numbers_of(row)


@LAW
@given(rows())
def test_every_number_in_a_sentence_is_a_column_of_its_row(row):
    assert strange_numbers(row) == set()


@LAW
@given(rows())
def test_invented_prices_say_so_first(row):
    said = headlines(row)
    for language, label in (("en", "[SIMULATED] "), ("zh_hant", "【模擬】"), ("zh_hans", "【模拟】")):
        assert said[language].startswith(label) == (row["source"] == "simulated")


@LAW
@given(rows())
def test_no_language_is_mixed_into_another(row):
    said = headlines(row)
    assert not re.search(r"[一-鿿]", said["en"])
    assert not re.search(r"[A-Za-z]", said["zh_hant"] + said["zh_hans"])
    assert not re.search(r"[点报涨]", said["zh_hant"]), "Simplified in Traditional"
    assert not re.search(r"[點報漲隻]", said["zh_hans"]), "Traditional in Simplified"


@LAW
@given(rows())
def test_nothing_is_said_of_all_of_none_or_of_the_most_of_what_was_not_all_seen(row):
    if row["without_return"]:
        said = headlines(row)
        assert not re.search(r"\bAll\b|none (rose|fell)|performer|weakest|, [A-Z]+ [^,.]*the most\.", said["en"])
        assert not re.search("全部|表現最|幅最大", said["zh_hant"])
        assert not re.search("全部|表现最|幅最大", said["zh_hans"])


@LAW
@given(rows())
def test_a_superlative_is_said_of_three_and_more(row):
    said = headlines(row)["en"]
    if "top performers" in said:
        assert row["advancers"] >= 3
    if "worst performers" in said:
        assert row["decliners"] >= 3
    assert not re.search(r"(one|\b[12]) (rose|fell), \w+ the most", said)


@LAW
@given(rows())
def test_a_sentence_claims_nothing_that_the_row_does_not_support(row):
    said = headlines(row)["en"]
    first = said.split(". ")[0]
    gained = (row["return_1d"] or 0) > 0
    if "the most this month" in first:
        assert row["month_sessions"] >= 3
        assert row["rank_in_month" if gained else "fall_rank_in_month"] == 1
    if "the most since its launch" in first:
        assert (row["since_status"], row["history_is_whole"]) == ("record", True)
    elif "the most since" in first:
        hole = row["last_missing"]
        day = row["best_since" if gained else "worst_since"]
        assert day < row["trade_date"]
        assert row["since_status"] == "since" or (row["since_status"] == "incomplete" and "is not stored" in first)
        assert "is not stored" not in first or hole > day
        assert (row["return_matched_on"] or date.min) < day
    if ", matching the" in first:
        assert row["since_status"] != "incomplete"
        assert row["return_matched_on"] >= (row["best_since" if gained else "worst_since"] or date.min)
    if re.search(r"straight (gain|fall)", said):
        assert abs(row["streak"]) >= 3
        assert (row["streak"] > 0) == gained
    assert "history" not in said
    if row["return_1d"] is None:
        assert "not known" in said
