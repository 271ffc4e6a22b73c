"""Laws of the sentences: every number in them is a column of their row, and no claim goes beyond it."""

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from warehouse.wording.sentences import LANGUAGES, headline

DAYS = st.dates(date(2019, 1, 2), date(2026, 12, 30))
COUNTS = st.integers(0, 301)
NAMES = st.lists(st.sampled_from(["Tencent", "Li Auto", "AIA", "贵州茅台", "HSBC"]), max_size=3, unique=True)


@st.composite
def rows(draw):
    trade_date = draw(DAYS)
    earlier = st.none() | st.dates(date(2008, 1, 2), trade_date)
    code, name = draw(
        st.sampled_from([("HSI", "Hang Seng Index"), ("HSTECH", "Hang Seng TECH Index"), ("CSI300", "CSI 300 Index")])
    )
    state = draw(st.sampled_from(["complete", "partial", "pending"]))
    names = {name: draw(st.none() | NAMES) for name in ("leaders", "laggards", "ex_dividend")}
    return {
        **names,
        **{f"{name}_zh": value for name, value in names.items()},
        "index_code": code,
        "name": name,
        "name_zh": "滬深300指數",
        "trade_date": trade_date,
        "state": state,
        "close": draw(st.floats(1, 99_999)),
        "return_1d": draw(st.none() | st.floats(-0.3, 0.3)),
        "rank_in_month": draw(st.none() | st.integers(1, 23)),
        "fall_rank_in_month": draw(st.none() | st.integers(1, 23)),
        "month_sessions": draw(st.integers(1, 23)),
        "best_since": draw(earlier),
        "worst_since": draw(earlier),
        "since_status": draw(st.sampled_from([None, "since", "record", "incomplete"])),
        "members_unconfirmed_since": draw(earlier),
        "history_from": draw(st.dates(date(2008, 1, 2), trade_date)),
        "streak": draw(st.none() | st.integers(-15, 15)),
        "member_count": draw(COUNTS),
        "advancers": draw(st.none() | COUNTS),
        "decliners": draw(st.none() | COUNTS),
        "reason": None if state == "complete" else draw(st.sampled_from(["missing: 0001.HK and 12 more", None])),
        "source": draw(st.sampled_from(["yahoo", "simulated"])),
    }


def numbers_of(row):
    """Every number that a sentence on this row may hold, as it may be written."""
    names = ("best_since", "worst_since", "history_from", "members_unconfirmed_since")
    days = [row[name] for name in names if row[name]]
    texts = {str(part) for day in days for part in (day.year, day.month, day.day)}
    texts |= {str(abs(row[name] or 0)) for name in ("member_count", "advancers", "decliners", "streak")}
    texts |= {f"{row['close']:,.2f}", f"{abs(100 * (row['return_1d'] or 0)):.1f}"}
    words = [row[name] for name in ("reason", "name", "name_zh", "leaders", "laggards", "leaders_zh", "laggards_zh")]
    texts |= set(re.findall(r"\d[\d,.]*\d|\d", str(words)))
    return texts


def strange_numbers(row):
    """The numbers in the row's sentences that are none of its columns."""
    said = " ".join(headline(row, language) for language in LANGUAGES)
    return set(re.findall(r"\d[\d,.]*\d|\d", said)) - numbers_of(row)


@given(rows())
def test_every_number_in_a_sentence_is_a_column_of_its_row(row):
    assert strange_numbers(row) == set()


@given(rows())
def test_invented_prices_say_so_first(row):
    for language, label in (("en", "[SIMULATED] "), ("zh_hant", "【模擬 SIMULATED】")):
        assert headline(row, language).startswith(label) == (row["source"] == "simulated")


@given(rows())
def test_a_sentence_claims_nothing_that_the_row_does_not_support(row):
    said = headline(row, "en")
    gained = (row["return_1d"] or 0) > 0
    if "this month" in said:
        assert row["month_sessions"] >= 3
        assert row["rank_in_month" if gained else "fall_rank_in_month"] == 1
    if "the most since" in said:
        assert row["since_status"] == "since"
        assert row["best_since" if gained else "worst_since"] < row["trade_date"]
    if "in a history" in said:
        assert row["since_status"] == "record"
    if "straight" in said or "in a row" in said:
        assert abs(row["streak"]) >= 3
        assert (row["streak"] > 0) == gained
    if row["return_1d"] is None:
        assert "not known" in said
