"""What the official rows make of prices: turnover, reference prices, limits, suspensions; and the lines of a market."""

import pytest
from warehouse_of import row_of, rows_of, suspended, warehouse_of

D1, D2, D3, D4 = "2022-05-16", "2022-05-17", "2022-05-18", "2022-05-19"
MAOTAI, LIQUOR = "600519.SS", "000858.SZ"
STOPPED = {"state": "suspended", "previous_basis": "not given", "volume": None, "turnover": None}
NOT_GIVEN = {"previous_basis": "not given"}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    doubtful = {"kind": "unlisted_adjustment", "value": 1.1}
    with warehouse_of(
        tmp_path_factory.mktemp("official"),
        stocks=[
            *[(MAOTAI, D1, 100.0), (MAOTAI, D2, 99.0), (MAOTAI, D3, 99.0)],
            *[(LIQUOR, D1, 50.0), (LIQUOR, D2, 45.0)],
            *[("0700.HK", D1, 300.0), ("0700.HK", D2, 310.0), ("0700.HK", D3, 320.0)],
            *[("0005.HK", D1, 50.0), suspended("0005.HK", D2, 50.0), ("0005.HK", D3, 51.0)],
            *[("0011.HK", D1, 90.0), ("0011.HK", D2, 91.0)],
            *[("0001.HK", D1, 50.0), suspended("0001.HK", D2, 50.0), ("0001.HK", D3, 51.0)],
        ],
        actions=[
            *[(MAOTAI, D2, "dividend", 1.99), ("0700.HK", D2, "split", 1.0), ("0002.HK", D3, "split", 2)],
            *[("0006.HK", D2, "split", 5), ("0008.HK", D2, "split", 5), ("0010.HK", D2, "split", 2)],
        ],
        quarantine=[(LIQUOR, D2, "official_reference_differs", doubtful)],
        official=[
            *[(MAOTAI, D1, 100.0, 101.0, {"is_st": False}), (MAOTAI, D2, 99.0, 98.0, {"is_st": False})],
            *[(MAOTAI, D3, 98.9, 99.0, {"is_st": True}), (LIQUOR, D1, 50.2, 50.0), (LIQUOR, D2, 45.0, 45.5)],
            *[("0700.HK", D1, 300.0, 299.0), ("0700.HK", D2, 310.0, 300.0), ("0700.HK", D3, 320.0, 310.0)],
            ("0005.HK", D2, 50.0, 50.0, {"state": "no trade", "volume": 0, "turnover": 0.0}),
            ("0001.HK", D2, None, None, {"state": "suspended", "previous_basis": "not given"}),
            ("0011.HK", D2, None, None, {"state": "halted", "since_today": True, "volume": None, "turnover": None}),
            *[("0002.HK", D1, 60.0, 60.0), ("0002.HK", D2, 61.0, 60.0), ("0002.HK", D3, 30.0, 30.5)],
            *[("0003.HK", D1, 10.0, 10.0), ("0003.HK", D2, 9.0, 9.5)],
            *[("0004.HK", D1, 10.0, 10.0), ("0004.HK", D3, 11.0, 10.0)],
            *[("0006.HK", D1, 10.0, 10.0), ("0006.HK", D2, None, None, STOPPED), ("0006.HK", D3, 2.1, 10.0)],
            *[("0008.HK", D1, 10.0, 10.0), ("0008.HK", D2, None, None, STOPPED), ("0008.HK", D3, 2.1, 2.0)],
            *[("0009.HK", D1, 0.1, 0.1), ("0009.HK", D2, 1.0, None, NOT_GIVEN)],
            *[("0010.HK", D1, 60.0, 60.0), ("0010.HK", D2, 31.5, None, NOT_GIVEN)],
            *[("688001.SS", D2, 40.0, 20.0, {"is_st": False}), ("688001.SS", D3, 44.0, 40.0, {"is_st": False})],
            *[("600001.SS", day, 11.0, 10.0, {"is_st": st}) for day, st in ((D1, False), (D2, True))],
        ],
    ) as connection:
        yield connection


def price(warehouse, symbol, day, *names):
    return row_of(warehouse, f"select {', '.join(names)} from prices where symbol = ? and trade_date = ?", symbol, day)


def line(warehouse, symbol, day, *names):
    query = f"select {', '.join(names)} from official_prices where symbol = ? and trade_date = ?"
    return tuple(row_of(warehouse, query, symbol, day).values())


def test_money_is_what_was_printed_and_the_estimate_stays_beside_it(warehouse):
    row = price(warehouse, "0700.HK", D2, "turnover", "official_close", "official_previous_close", "turnover_estimate")
    assert row == {
        "turnover": 310_000.0,
        "official_close": 310.0,
        "official_previous_close": 300.0,
        "turnover_estimate": 310_000.0,
    }
    assert price(warehouse, "0005.HK", D1, "turnover", "official_close") == {"turnover": None, "official_close": None}


def test_the_mainland_measures_from_the_exchanges_price_where_our_close_before_is_its(warehouse):
    names = ("reference_price", "computed_reference", "reference_source", "return_1d", "limit_up")
    assert price(warehouse, MAOTAI, D2, *names) == {
        "reference_price": 98.0,
        "computed_reference": 98.01,
        "reference_source": "baostock",
        "return_1d": pytest.approx(99 / 98 - 1),
        "limit_up": 107.8,
    }
    counted = "select explained_distribution from agreement where market = 'CN' and trade_date = ?"
    assert row_of(warehouse, counted, D2) == {"explained_distribution": 1}


def test_where_two_accounts_of_a_day_are_held_there_is_no_return(warehouse):
    names = ("reference_price", "reference_source", "return_1d")
    assert set(price(warehouse, LIQUOR, D2, *names).values()) == {None}


@pytest.mark.parametrize("is_held", [False, True])
def test_a_close_that_the_vendor_told_on_another_basis_is_not_measured_from_the_exchanges_price(tmp_path, is_held):
    # The exchange has 50 and then 49.5, a fall of 1%. The vendor told the first as printed, and the second 5% lower.
    doubtful = {"kind": "unlisted_adjustment", "value": 0.95}
    with warehouse_of(
        tmp_path,
        stocks=[(LIQUOR, D1, 50.0), (LIQUOR, D2, 47.025)],
        actions=[(LIQUOR, D2, "unlisted_adjustment", 1 / 0.95)],
        official=[(LIQUOR, D1, 50.0, 50.2), (LIQUOR, D2, 49.5, 50.0)],
        quarantine=[(LIQUOR, D2, "official_reference_differs", doubtful)] if is_held else (),
    ) as found:
        row = price(found, LIQUOR, D2, "reference_price", "return_1d")
    assert row["reference_price"] == (None if is_held else 47.5)
    assert row["return_1d"] == (None if is_held else pytest.approx(-0.01))


def test_hong_kongs_printed_previous_close_is_never_divided_by(warehouse):
    row = price(warehouse, "0700.HK", D3, "reference_price", "reference_source")
    assert row == {"reference_price": 310.0, "reference_source": "computed"}


def test_a_day_without_a_trade_is_no_suspension_when_the_exchange_says_so(warehouse):
    assert price(warehouse, "0005.HK", D2, "trading_state", "return_1d") == {
        "trading_state": "no trade",
        "return_1d": None,
    }
    assert price(warehouse, "0005.HK", D3, "resumed", "return_1d") == {
        "resumed": False,
        "return_1d": pytest.approx(0.02),
    }
    assert price(warehouse, "0001.HK", D3, "resumed", "return_1d") == {
        "resumed": True,
        "return_1d": pytest.approx(0.02),
    }
    assert rows_of(warehouse, "select symbol, source from suspensions") == [{"symbol": "0001.HK", "source": "hkex"}]


def test_a_halt_within_the_session_never_makes_a_bar_with_volume_a_suspension(warehouse):
    found = price(warehouse, "0011.HK", D2, "trading_state", "halted_at_close", "return_1d")
    assert found == {"trading_state": "traded", "halted_at_close": True, "return_1d": pytest.approx(1 / 90)}
    assert price(warehouse, "0011.HK", D1, "halted_at_close") == {"halted_at_close": False}


def test_a_risk_warning_narrows_the_limit_from_the_evening_that_first_says_so(warehouse):
    assert price(warehouse, MAOTAI, D3, "limit_up") == {"limit_up": 103.95}
    assert line(warehouse, "600001.SS", D1, "limit_state") == ("closed_up",)
    assert line(warehouse, "600001.SS", D2, "limit_state") == (None,)


def test_what_a_close_is_worth_as_a_level_is_told(warehouse):
    assert price(warehouse, "0700.HK", D2, "printed") == {"printed": "official"}
    assert price(warehouse, "0005.HK", D1, "printed") == {"printed": "on tick"}
    assert price(warehouse, MAOTAI, D3, "printed") == {"printed": "differs"}


def test_a_line_of_hong_kong_returns_from_its_own_official_close(warehouse):
    names = ("previous_basis", "return_1d")
    assert line(warehouse, "0002.HK", D2, *names) == ("as closed", pytest.approx(61 / 60 - 1))
    assert line(warehouse, "0002.HK", D3, *names) == ("adjusted", pytest.approx(30 / 30.5 - 1))
    assert line(warehouse, "0002.HK", D1, *names) == (None, None)
    assert line(warehouse, "0003.HK", D2, *names) == (None, None), "another previous close, and no event is known"
    assert line(warehouse, "0004.HK", D3, *names) == ("as closed", None), "a two-day move is not one day's"


def test_a_split_within_a_suspension_is_of_the_return_after_it(warehouse):
    assert line(warehouse, "0006.HK", D3, "previous_basis", "return_1d") == ("as closed", pytest.approx(0.05))
    assert line(warehouse, "0008.HK", D3, "previous_basis", "return_1d") == ("adjusted", pytest.approx(0.05))


def test_where_no_previous_close_is_given_there_is_a_return_by_a_known_event_alone(warehouse):
    assert line(warehouse, "0009.HK", D2, "previous_basis", "return_1d") == ("not given", None)
    assert line(warehouse, "0010.HK", D2, "previous_basis", "return_1d") == ("not given", pytest.approx(0.05))


def test_a_first_day_on_the_mainland_has_its_return_on_listing_alone_and_no_limit(warehouse):
    names = ("return_1d", "return_on_listing", "limit_state")
    assert line(warehouse, "688001.SS", D2, *names) == (None, 1.0, None)
    assert line(warehouse, "688001.SS", D3, *names) == (pytest.approx(0.1), None, None)


@pytest.mark.parametrize(
    ("stored", "before"),
    [
        (49.5, 49.5),  # the exchange's nominal close, which bids moved
        (50.0, 50.0),  # what the vendor repeats of Thursday is none
    ],
)
def test_a_close_at_which_nobody_dealt_is_what_the_next_day_is_measured_from_where_it_is_printed(
    tmp_path, stored, before
):
    thursday, friday, monday = "2022-05-12", "2022-05-13", "2022-05-16"
    idle = {"state": "no trade", "volume": 0, "turnover": 0.0}
    with warehouse_of(
        tmp_path,
        stocks=[("0005.HK", thursday, 50.0), suspended("0005.HK", friday, stored), ("0005.HK", monday, 50.0)],
        official=[
            ("0005.HK", thursday, 50.0, 50.0),
            ("0005.HK", friday, 49.5, 50.0, idle),
            ("0005.HK", monday, 50.0, 49.5),
        ],
    ) as warehouse:
        names = ("previous_close", "return_1d", "sessions_since_trade", "resumed")
        assert price(warehouse, "0005.HK", monday, *names) == {
            "previous_close": before,
            "return_1d": pytest.approx(50 / before - 1),
            "sessions_since_trade": 2,
            "resumed": False,
        }
        assert line(warehouse, "0005.HK", monday, "return_1d") == (pytest.approx(50 / 49.5 - 1),)
        week = "select return_wtd from stock_returns where symbol = '0005.HK' and trade_date = ?"
        assert row_of(warehouse, week, monday) == {"return_wtd": pytest.approx(50 / before - 1)}


def test_a_close_that_is_only_repeated_on_a_day_without_a_trade_is_no_close_after_that_days_split(tmp_path):
    thursday, friday, monday = "2022-05-12", "2022-05-13", "2022-05-16"
    idle = {"state": "no trade", "volume": 0, "turnover": 0.0}
    with warehouse_of(
        tmp_path,
        stocks=[("0005.HK", thursday, 50.0), suspended("0005.HK", friday, 50.0), ("0005.HK", monday, 25.0)],
        actions=[("0005.HK", friday, "split", 2)],
        official=[
            ("0005.HK", thursday, 50.0, 50.0),
            ("0005.HK", friday, 50.0, 50.0, idle),
            ("0005.HK", monday, 25.0, 25.0),
        ],
    ) as warehouse:
        assert price(warehouse, "0005.HK", monday, "reference_price", "return_1d") == {
            "reference_price": 25.0,
            "return_1d": 0.0,
        }
