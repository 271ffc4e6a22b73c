"""The laws of the market that Python and SQL both tell, held together over generated cases."""

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shipped import CN, HK
from tests.sql.warehouse_of import suspended, warehouse_of
from warehouse.facts.limits import limit_prices
from warehouse.rules.past import referenced

THURSDAY, FRIDAY, MONDAY, TUESDAY = (date(2022, 5, day) for day in (12, 13, 16, 17))
EX_DAYS = (FRIDAY, MONDAY, TUESDAY)
CENTS = st.integers(min_value=100, max_value=200_000).map(lambda fen: fen / 100)
REFERENCES = st.integers(min_value=1, max_value=200_000).map(lambda fen: fen / 100)
EVENTS = st.dictionaries(
    st.tuples(st.sampled_from(EX_DAYS), st.sampled_from(["split", "dividend", "unlisted_adjustment"])),
    st.sampled_from([0.1, 0.5, 1.05, 1.2, 1.5, 2.0, 5.0]),
    max_size=5,
)
CASES = st.lists(st.tuples(st.sampled_from(["HK", "CN"]), CENTS, EVENTS), min_size=20, max_size=60)


@settings(max_examples=4, deadline=None)
@given(CASES)
def test_a_return_is_measured_from_the_same_price_in_a_rule_and_in_the_database(cases):
    stocks, actions, expected = [], [], {}
    for number, (market, close, events) in enumerate(cases):
        symbol = f"{number + 1:04}.HK" if market == "HK" else f"6{number:05}.SS"
        told = [(day, kind, value / 10 if kind == "dividend" else value) for (day, kind), value in events.items()]
        price = referenced(close, told, market)[0]
        if price <= 0:
            continue  # who pays more than a share was worth leaves nothing to measure from, and the database says null
        stocks += [(symbol, str(THURSDAY), close), (symbol, str(TUESDAY), close)]
        stocks += [suspended(symbol, str(day), close) for day in (FRIDAY, MONDAY)]
        actions += [(symbol, str(day), kind, value) for day, kind, value in told]
        expected[symbol] = price
    query = "select symbol, reference_price from prices where trade_date = $1"
    with (
        tempfile.TemporaryDirectory() as folder,
        warehouse_of(Path(folder), stocks=stocks, actions=actions) as warehouse,
    ):
        found = dict(warehouse.execute(query, [TUESDAY]).fetchall())
    assert found == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(REFERENCES, st.sampled_from([5, 10, 20])), min_size=1, max_size=200))
def test_a_daily_limit_is_the_same_price_in_a_rule_and_in_the_database(warehouse, cases):
    query = """select base.limit_fen(r, -p) / 100, base.limit_fen(r, p) / 100
        from (select unnest($1) as r, unnest($2) as p, generate_subscripts($1, 1) as place) order by place"""
    given = [[reference for reference, _ in cases], [percent for _, percent in cases]]
    found = warehouse.execute(query, given).fetchall()
    assert found == [limit_prices(reference, percent) for reference, percent in cases]


@given(st.data())
def test_a_stock_s_limit_in_percent_is_the_same_in_a_rule_and_in_the_database(warehouse, data):
    spells = [spell for market in (HK, CN) for spell in market.spells]
    spell = data.draw(st.sampled_from(spells))
    market = HK if spell.symbol.endswith(".HK") else CN
    days = market.sessions.between(max(spell.valid_from, date(2010, 1, 4)), spell.valid_to or date(2026, 10, 1))
    if not days:
        return
    day = data.draw(st.sampled_from(days))
    found = warehouse.execute(
        "select percent from base.limit_spells where symbol = $1 and valid_from <= $2 and valid_to > $2",
        [spell.symbol, day],
    ).fetchall()
    if found:  # the database says nothing where it is not known whether a stock was ST
        ((percent,),) = found
        is_st = percent == 5 and market.limit_percent(spell.symbol, day) == 10
        assert market.limit_percent(spell.symbol, day, is_st=is_st) == percent


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """The facts and no prices."""
    with warehouse_of(tmp_path_factory.mktemp("facts")) as connection:
        yield connection
