"""A thousand damaged evenings of each official source: an outcome for each, and no line that cannot be."""

import zlib
from collections import Counter
from datetime import UTC, date, datetime
from math import isfinite
from random import Random

import pytest

from tasks.sources import baostock, hkex
from tasks.sources._baostock_wire import read
from tests import fake_baostock, fake_hkex
from tests.damage import damaged
from warehouse.lake.lines import LINES

DAY = date(2022, 5, 18)
NOW = datetime(2022, 5, 18, 10, tzinfo=UTC)
STATES = {"traded", "no trade", "suspended", "halted"}
AMOUNTS = ("volume", "turnover")
EVENINGS = 1000


def lines(symbols):
    """Lines that were dealt in, one that was not, and one that was stopped."""
    for at, symbol in enumerate(symbols):
        previous = 10.0 + at * 3
        values = {"open": previous, "high": previous + 0.2, "low": previous - 0.1, "close": previous + 0.1}
        values |= {"previous_close": previous, "bid": previous + 0.1, "ask": previous + 0.12, "volume": 1000 * (at + 1)}
        values |= {"turnover": 1000 * (at + 1) * previous, "state": "traded", "name": f"COMPANY {at}", "is_st": False}
        yield {"symbol": symbol, "currency": "HKD"} | values


def hkex_page():
    rows = list(lines(f"{code:04d}.HK" for code in range(1, 41)))
    rows[5] |= {"high": None, "low": None, "volume": None, "turnover": None, "state": "no trade"}
    rows[9] |= {"state": "suspended"}
    return fake_hkex.page(DAY, rows)


def baostock_body():
    rows = list(lines(f"{600000 + at}.SS" for at in range(40)))
    rows[5] |= {"state": "suspended"}
    frame = fake_baostock.whole_day([fake_baostock.record(row, DAY) for row in rows])
    return "\1".join(read(frame).fields).encode()


def as_frame(body):
    """The body as the server would have packed it, so that the damage gets past the packing."""
    data = zlib.compress(body, 1)
    return b"00.9.00\x0199\x01%010d" % len(data) + data + b"\x0112345" + fake_baostock.END


def check(answer, good):
    """Hold an answer against what can be; how many lines differ from the good ones and do not say so."""
    assert answer.lines.schema.equals(LINES)
    if answer.outcome != "ok":
        assert (len(answer.lines), bool(answer.detail)) == (0, True)
    rows = answer.lines.to_pylist()
    assert max(Counter(row["symbol"] for row in rows).values(), default=1) == 1
    for row in rows:
        prices = [row[name] for name in ("open", "high", "low", "close", "previous_close", "bid", "ask")]
        assert all(price is None or (isfinite(price) and 0 < price <= 10**6) for price in prices)
        assert all(row[name] is None or (isfinite(row[name]) and 0 <= row[name] <= 10**13) for name in AMOUNTS)
        assert row["state"] in STATES
        assert row["trade_date"] == DAY
        if row["state"] == "traded":
            assert row["high"] >= row["low"]
            assert row["volume"] > 0
            assert row["close"] is not None
        else:
            assert row["high"] is row["low"] is None
            assert not row["volume"]
    return sum(row != good.get(row["symbol"]) and not row["doubt"] for row in rows)


@pytest.mark.parametrize(
    ("source", "content", "packed"),
    [
        (hkex, hkex_page(), bytes),
        (baostock, baostock_body(), as_frame),
        (baostock, as_frame(baostock_body()), bytes),
    ],
    ids=["hkex", "baostock", "baostock as it comes"],
)
def test_no_damage_is_an_exception_or_a_line_that_cannot_be(source, content, packed):
    board = source.OFFICIAL.boards[0]
    chance, outcomes, differing = Random(2022), Counter(), 0
    good = source.decode(packed(content), DAY, board, NOW)
    assert (good.outcome, good.unread, len(good.lines)) == ("ok", (), 40)
    rows = {row["symbol"]: row for row in good.lines.to_pylist()}
    for _ in range(EVENINGS):
        answer = source.decode(packed(damaged(content, chance)), DAY, board, NOW)
        outcomes[answer.outcome] += 1
        differing += check(answer, rows)
    assert sum(outcomes.values()) == EVENINGS
    assert outcomes["ok"] < EVENINGS
    # A digit that became another digit is as good as a print; nothing else gets in without a doubt.
    assert differing < 0.01 * EVENINGS * len(rows)
