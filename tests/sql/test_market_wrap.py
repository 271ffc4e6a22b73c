"""`market_wrap` and `evening`: the sentences, word for word."""

from datetime import UTC, datetime

import pytest
from warehouse_of import closes, row_of, rows_of, suspended, warehouse_of

from tests.shipped import CN
from warehouse.wording import sentences

SIMULATED = {"source": "simulated"}
FLAT = sorted(
    CN.members_on(datetime(2022, 5, 5).date()) - {"600837.SS", "601989.SS", "600519.SS", "601318.SS", "000001.SZ"}
)
INDICES = [
    # +1%, +2%, +3%, -1%, nothing; 05-11 is not stored; 05-13 -0.5%, 05-16 +1%
    *closes(
        "^HSI",
        {
            "2022-04-29": 20000,
            "2022-05-03": 20200,
            "2022-05-04": 20604,
            "2022-05-05": 21222.12,
            "2022-05-06": 21009.8988,
            "2022-05-10": 21010,
            "2022-05-12": 20500,
            "2022-05-13": 20397.5,
            "2022-05-16": 20601.47,
        },
    ),
    # -1%, -1%, then next to nothing
    *closes("HSTECH.HK", {"2022-04-29": 4000, "2022-05-03": 3960, "2022-05-04": 3920.4, "2022-05-05": 3920.5}),
    ("000300.SS", "2022-04-29", 4000, SIMULATED),
    ("000300.SS", "2022-05-05", 4100, SIMULATED),
]
STOCKS = [
    *closes("0700.HK", {"2022-05-04": 300, "2022-05-05": 330, "2022-05-06": 313.5}),
    *closes("9988.HK", {"2022-05-04": 100, "2022-05-05": 105, "2022-05-06": 105}),
    *closes("0005.HK", {"2022-05-04": 50, "2022-05-05": 49, "2022-05-06": 44.1}),
    # back from a suspension at twice the price: it rose, and it does not lead
    *closes("2020.HK", {"2022-05-03": 50}),
    suspended("2020.HK", "2022-05-04", 50),
    *closes("2020.HK", {"2022-05-05": 100}),
    *((symbol, day, 10, SIMULATED) for symbol in FLAT for day in ("2022-04-29", "2022-05-05")),
    *closes("600519.SS", {"2022-04-29": 1802, "2022-05-05": 1980}),
    *closes("601318.SS", {"2022-04-29": 40, "2022-05-05": 42}),
    *closes("000001.SZ", {"2022-04-29": 15, "2022-05-05": 14.7}),
]
ACTIONS = [("0005.HK", "2022-05-06", "dividend", 0.27), ("600519.SS", "2022-05-05", "dividend", 2.0)]
RUNS = [("HK", "2022-05-03", "2022-05-13"), ("CN", "2022-05-05", "2022-05-06")]
BUILT_AT = datetime(2022, 5, 16, 12, tzinfo=UTC)

# 62 members have no bar: nothing is said of all, none or the most. The one that resumed counts, and leads nothing.
HSI_ROSE = (
    "[PARTIAL] The Hang Seng Index rose 3.0%, the most this month, adding 618.12 points to close at 21,222.12, with"
    " Tencent up 10.0% and Alibaba up 5.0%. 3 of the 4 members with a return rose and one fell, HSBC by 2.0%; 62 had"
    " none (missing). Anta Sports resumed trading and rose 100.0%."
)
HSI_ROSE_ZH = (
    "【不完整】恒生指數上升618.12點，升幅3.00%，收報21,222.12點，為本月最大升幅，當中騰訊控股升10.00%，阿里巴巴升5.00%。"
    "有升跌數據的4隻成份股中，3隻上升，1隻下跌（滙豐控股跌2.00%）；另有62隻沒有數據（欠缺）。安踏體育復牌升100.00%。"
)
CSI_ROSE = (
    "[SIMULATED] The CSI 300 Index rose 2.5%, or 100.00 points, to 4,100.00, with Kweichow Moutai up 10.0% (limit-up)"
    " and Ping An Insurance up 5.0%. 2 of the 298 members with a return rose and one fell, Ping An Bank by 2.0%; 2 had"
    " none (without a vendor)."
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrap")
    with warehouse_of(folder, BUILT_AT, stocks=STOCKS, indices=INDICES, actions=ACTIONS, runs=RUNS) as connection:
        yield connection


def wrap(warehouse, index, day):
    query = "select * from market_wrap where index_symbol = ? and trade_date = cast(? as date)"
    return row_of(warehouse, query, index, day)


def headline(warehouse, index, day):
    return wrap(warehouse, index, day)["headline"]


def test_a_rise_names_its_rank_its_leaders_and_what_is_missing(warehouse):
    assert headline(warehouse, "^HSI", "2022-05-05") == HSI_ROSE
    assert wrap(warehouse, "^HSI", "2022-05-05")["headline_zh"] == HSI_ROSE_ZH


def test_every_figure_of_the_sentence_stands_beside_it(warehouse):
    row = wrap(warehouse, "^HSI", "2022-05-05")
    assert row["return_1d"] == pytest.approx(0.03)
    assert row["return_mtd"] == pytest.approx(0.061106)
    assert (row["state"], row["rank_in_month"], row["month_sessions"]) == ("partial", 1, 3)
    assert (row["leaders"], row["laggards"]) == (["Tencent", "Alibaba"], ["HSBC"])
    assert (row["member_count"], row["advancers"], row["decliners"], row["missing"]) == (66, 3, 1, 62)
    assert (row["with_return"], row["without_return"], row["unobtainable"]) == (4, 62, 0)
    assert row["leaders_return"] == pytest.approx([0.1, 0.05])
    assert (row["resumed"], row["resumed_return"]) == (["Anta Sports"], [1.0])
    assert row["change_points"] == 618.12
    assert (row["index_code"], row["market"], row["source"]) == ("HSI", "HK", "handmade")


def test_every_sentence_can_be_made_again_from_the_columns_of_its_row(warehouse):
    rows = rows_of(warehouse, "select * from market_wrap")
    assert len(rows) == 12
    said = [sentences.headlines(row) for row in rows]
    for column, language in (("headline", "en"), ("headline_zh", "zh_hant"), ("headline_zh_hans", "zh_hans")):
        assert [row[column] for row in rows] == [texts[language] for texts in said]


def test_a_fall_names_who_fell_and_says_who_went_ex_dividend(warehouse):
    # -212.22 points, less than 0.4 percentage points over nothing: the only fall of the month is no comparison
    assert headline(warehouse, "^HSI", "2022-05-06") == (
        "[PARTIAL] The Hang Seng Index fell 1.0%, or 212.22 points, to 21,009.90, with HSBC down 10.0% (ex-dividend)"
        " and Tencent down 5.0%. It rose 5.0% for the week. 2 of the 3 members with a return fell; 63 had none"
        " (missing)."
    )


def test_the_most_this_month_is_not_said_before_the_third_session(warehouse):
    first, second = (wrap(warehouse, "^HSI", day) for day in ("2022-05-03", "2022-05-04"))
    assert (first["rank_in_month"], second["rank_in_month"]) == (1, 1)
    assert first["headline"] == (
        "[PARTIAL] The Hang Seng Index gained 1.0%, or 200.00 points, to 20,200.00."
        " None of its 66 members has a return (65 missing, 1 no previous close)."
    )
    assert second["headline"].startswith(
        "[PARTIAL] The Hang Seng Index rose 2.0%, or 404.00 points, to 20,604.00. None of its 66 members has a return"
    )


def test_a_move_that_rounds_to_nothing_is_little_changed(warehouse):
    said = headline(warehouse, "^HSI", "2022-05-10")
    assert said.startswith("[PARTIAL] The Hang Seng Index was little changed at 21,010.00, up 0.10 points. ")


def test_a_little_changed_day_is_never_the_most_this_month(warehouse):
    row = wrap(warehouse, "HSTECH.HK", "2022-05-05")
    assert (row["rank_in_month"], row["month_sessions"]) == (1, 3)
    assert row["headline"].startswith("[PARTIAL] The Hang Seng TECH Index was little changed")
    assert "the most this month" not in row["headline"]


def test_a_close_without_the_session_before_says_that_its_move_is_not_known(warehouse):
    assert headline(warehouse, "^HSI", "2022-05-12").startswith(
        "[PARTIAL] The Hang Seng Index closed at 20,500.00; the session before is not stored, so its move is not known."
    )


def test_a_month_with_a_hole_compares_with_nothing(warehouse):
    # and the week to date: its base, the close of 05-06, is stored
    assert headline(warehouse, "^HSI", "2022-05-13").startswith(
        "[PARTIAL] The Hang Seng Index fell 0.5%, or 102.50 points, to 20,397.50. It fell 2.9% for the week. "
    )


def test_a_session_that_no_run_has_covered_is_said_to_be_pending(warehouse):
    assert headline(warehouse, "^HSI", "2022-05-16") == (
        "[PENDING] The Hang Seng Index gained 1.0%, or 203.97 points, to 20,601.47."
        " None of its 66 members has a return (missing). No run has ended for it yet."
    )


def test_invented_prices_are_marked_and_a_complete_day_ends_without_caution(warehouse):
    row = wrap(warehouse, "000300.SS", "2022-05-05")
    assert (row["headline"], row["state"], row["source"]) == (CSI_ROSE, "complete", "simulated")


def test_only_followed_indices_and_judged_sessions_have_a_sentence(warehouse):
    query = "select index_symbol, count(*), min(trade_date) from market_wrap group by index_symbol order by all"
    assert [(index, count, str(first)) for index, count, first in warehouse.execute(query).fetchall()] == [
        ("000300.SS", 1, "2022-05-05"),
        ("HSTECH.HK", 3, "2022-05-03"),
        ("^HSI", 8, "2022-05-03"),
    ]


def test_an_evening_is_one_row_with_both_markets(warehouse):
    row = row_of(warehouse, "select * from evening where trade_date = '2022-05-05'")
    assert (row["hk_state"], row["cn_state"]) == ("partial", "complete")
    assert row["hsi_return_1d"] == pytest.approx(0.03)
    assert row["hstech_return_1d"] == pytest.approx(0.1 / 3920.4)
    assert row["csi300_return_1d"] == pytest.approx(0.025)
    assert row["hsi_leaders"] == ["Tencent", "Alibaba"]
    assert row["csi300_leaders"] == ["Kweichow Moutai", "Ping An Insurance"]
    assert row["csi300_laggards"] == ["Ping An Bank"]
    assert row["text"].startswith(f"{HSI_ROSE} [PARTIAL] The Hang Seng TECH Index was little changed")
    assert row["text"].endswith(f". {CSI_ROSE}")


def test_an_evening_has_a_row_for_every_date_that_either_market_traded(warehouse):
    rows = rows_of(warehouse, "select trade_date, hk_state, cn_state from evening order by trade_date")
    assert [(str(row["trade_date"])[5:], row["hk_state"], row["cn_state"]) for row in rows] == [
        ("05-03", "partial", None),
        ("05-04", "partial", None),
        ("05-05", "partial", "complete"),
        ("05-06", "partial", "partial"),
        ("05-09", None, "pending"),
        ("05-10", "partial", "pending"),
        ("05-11", "partial", "pending"),
        ("05-12", "partial", "pending"),
        ("05-13", "partial", "pending"),
        ("05-16", "pending", "pending"),
    ]


def test_an_evening_says_which_market_alone_had_the_day(warehouse):
    # the mainland's May holiday to 05-04, Hong Kong's on 05-09
    query = "select trade_date, only_market from evening where only_market is not null order by trade_date"
    assert [(str(day)[5:], market) for day, market in warehouse.execute(query).fetchall()] == [
        ("05-03", "HK"),
        ("05-04", "HK"),
        ("05-09", "CN"),
    ]
