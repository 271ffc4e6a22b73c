from datetime import UTC, date, datetime

from tests.traded import bars_as_traded, events_as_traded
from warehouse.bars.answers import Answer, Event, from_table, to_table
from warehouse.bars.as_traded import factor_after

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2022, 5, day) for day in (16, 17, 18, 19))


def answer(**changes):
    """Two days at 100 before a 2:1 split on Wednesday, two days at 50 after it, in the vendor's halved shares."""
    return Answer(
        **{
            "symbol": "0700.HK",
            "outcome": "ok",
            "asked_at": datetime(2022, 5, 20, tzinfo=UTC),
            "currency": "HKD",
            "time_zone": "Asia/Hong_Kong",
            "trade_date": [MONDAY, TUESDAY, WEDNESDAY, THURSDAY],
            "open": [49.5, 50.0, 50.5, 51.0],
            "high": [51.0, 51.5, 52.0, 52.5],
            "low": [49.0, 49.5, 50.0, 50.5],
            "close": [50.0, 50.25, 51.0, 51.5],
            "volume": [2000, 4000, 3000, 5000],
            "splits": [Event(WEDNESDAY, 2.0)],
        }
        | changes
    )


def test_bars_before_a_split_are_shown_in_the_shares_of_their_day():
    bars = bars_as_traded([answer()])
    assert bars["open"].tolist() == [99.0, 100.0, 50.5, 51.0]
    assert bars["high"].tolist() == [102.0, 103.0, 52.0, 52.5]
    assert bars["low"].tolist() == [98.0, 99.0, 50.0, 50.5]
    assert bars["close"].tolist() == [100.0, 100.5, 51.0, 51.5]
    assert bars["volume"].tolist() == [1000, 2000, 3000, 5000]
    assert bars["split_factor"].tolist() == [2.0, 2.0, 1.0, 1.0]


def test_bars_without_splits_stay_as_they_are():
    bars = bars_as_traded([answer(splits=[])])
    assert bars["close"].tolist() == [50.0, 50.25, 51.0, 51.5]
    assert bars["volume"].tolist() == [2000, 4000, 3000, 5000]
    assert bars["split_factor"].tolist() == [1.0, 1.0, 1.0, 1.0]


def test_a_reverse_split_divides_earlier_prices():
    bars = bars_as_traded([answer(splits=[Event(WEDNESDAY, 0.1)])])
    assert bars["close"].tolist() == [5.0, 5.025, 51.0, 51.5]
    assert bars["volume"].tolist() == [20000, 40000, 3000, 5000]


def test_splits_multiply_up():
    splits = [Event(TUESDAY, 3.0), Event(THURSDAY, 2.0)]
    bars = bars_as_traded([answer(splits=splits)])
    assert bars["split_factor"].tolist() == [6.0, 2.0, 2.0, 1.0]
    assert bars["close"].tolist() == [300.0, 100.5, 102.0, 51.5]


def test_a_split_counts_for_the_days_before_its_ex_date_only():
    splits = [Event(WEDNESDAY, 2.0)]
    assert factor_after(splits, TUESDAY) == 2
    assert factor_after(splits, WEDNESDAY) == 1
    assert factor_after(splits, THURSDAY) == 1
    assert factor_after([], MONDAY) == 1


def test_widened_32_bit_prices_are_rounded_to_four_decimals_after_undoing():
    floats = [200.60000610351562, 0.3330000042915344, 51.04999923706055, 7.123456]
    bars = bars_as_traded([answer(close=floats)])
    assert bars["close"].tolist() == [401.2, 0.666, 51.05, 7.1235]


def test_volumes_are_rounded_to_whole_shares():
    bars = bars_as_traded([answer(splits=[Event(WEDNESDAY, 3.0)])])
    assert bars["volume"].tolist() == [667, 1333, 3000, 5000]


def test_rows_without_any_price_are_left_out():
    nothing = [50.0, None, 51.0, 51.5]
    bars = bars_as_traded(
        [answer(open=nothing, high=nothing, low=nothing, close=nothing, volume=[2000, 0, 3000, 5000])]
    )
    assert bars["trade_date"].tolist() == [MONDAY, WEDNESDAY, THURSDAY]
    assert bars["split_factor"].tolist() == [2.0, 1.0, 1.0]


def test_a_row_with_one_price_stays_with_its_gaps():
    bars = bars_as_traded([answer(open=[None, 50.0, 50.5, 51.0], volume=[None, 4000, 3000, 5000])])
    assert bars["trade_date"].tolist() == [MONDAY, TUESDAY, WEDNESDAY, THURSDAY]
    assert bars["open"].isna().tolist() == [True, False, False, False]
    assert bars["volume"].isna().tolist() == [True, False, False, False]
    assert bars["close"].tolist()[0] == 100.0


def test_an_answer_without_bars_gives_no_rows():
    empty = answer(trade_date=[], open=[], high=[], low=[], close=[], volume=[], splits=[])
    assert len(bars_as_traded([empty])) == 0
    assert len(events_as_traded([empty])) == 0


def test_a_dividend_before_a_split_is_multiplied_and_one_on_its_ex_date_is_not():
    dividends = [Event(TUESDAY, 0.25), Event(WEDNESDAY, 0.3), Event(THURSDAY, 0.4)]
    actions = events_as_traded([answer(dividends=dividends)])
    assert actions.loc[actions["kind"] == "dividend", ["ex_date", "value", "currency"]].values.tolist() == [
        [TUESDAY, 0.5, "HKD"],
        [WEDNESDAY, 0.3, "HKD"],
        [THURSDAY, 0.4, "HKD"],
    ]


def test_a_split_is_an_action_without_currency():
    actions = events_as_traded([answer()])
    assert actions[["symbol", "ex_date", "kind", "value"]].values.tolist() == [["0700.HK", WEDNESDAY, "split", 2.0]]
    assert actions["currency"].isna().tolist() == [True]


def test_a_split_of_one_to_one_is_none():
    assert len(events_as_traded([answer(splits=[Event(WEDNESDAY, 1.0)])])) == 0


def test_answers_survive_being_staged():
    given = [
        answer(dividends=[Event(TUESDAY, 0.25)], open=[None, 50.0, 50.5, 51.0]),
        Answer("9999.HK", "no data", datetime(2022, 5, 20, tzinfo=UTC), detail="404"),
    ]
    assert from_table(to_table(given)) == given
