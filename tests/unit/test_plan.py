"""Which symbols are asked: members of the days, and nobody else's prices."""

from datetime import date

from tasks.plan import Window, backfill_requests, nightly_requests
from warehouse.lake import Lake
from warehouse.universe import members_on


def symbols(requests):
    return {request.symbol for request in requests}


def test_a_code_that_passed_to_another_company_is_not_asked_for_the_old_member_s_days(tmp_path):
    window = Window("HK", date(2015, 5, 4), date(2015, 5, 29))
    assert {"0013.HK", "1880.HK"} <= members_on("HK", window.first)
    assert not {"0013.HK", "1880.HK"} & symbols(backfill_requests(window))
    assert "0001.HK" in symbols(backfill_requests(window))
    assert not {"0013.HK", "1880.HK"} & symbols(nightly_requests(Lake(tmp_path), window))


def test_a_backfill_asks_whoever_was_a_member_on_any_day(tmp_path):
    window = Window("HK", date(2022, 6, 10), date(2022, 6, 13))
    asked = symbols(backfill_requests(window, "HSTECH.HK"))
    assert {"0522.HK", "9866.HK", "HSTECH.HK"} <= asked
    assert "^HSI" not in asked
    assert "0005.HK" not in asked
