"""What an agent is told where rows are for own use: whose they are and what the sessions are worth, and no price."""

from datetime import UTC, datetime

import pytest

from flows.agent import tools
from flows.agent.query import sql
from tests.shipped import FACTS
from tests.sql.warehouse_of import lake_of
from warehouse.errors import UsageError
from warehouse.settings import Settings
from warehouse.shareable import OPEN, SHOWS, may_be_shared, withhold
from warehouse.sql.build import build
from warehouse.sql.database import open_read_only

pytestmark = pytest.mark.slow

NOW = datetime(2022, 6, 12, 12, tzinfo=UTC)
D1, D2, D3 = "2022-05-16", "2022-05-17", "2022-05-18"
FREE, FILL = {"source": "simulated"}, {"source": "tencent"}
SECRET = ("61.5", "333.25", "20202.5", "41.75")  # what tencent, handmade and baostock printed, and nobody else


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """0005.HK is shared throughout, 0001.HK filled by tencent on the second day, 0700.HK and the index are nobody's."""
    folder = tmp_path_factory.mktemp("home")
    corrected = datetime(2022, 6, 10, 1, tzinfo=UTC)
    lake = lake_of(
        folder,
        stocks=[
            *[("0005.HK", day, close, FREE) for day, close in ((D1, 50.0), (D2, 51.0), (D3, 52.02))],
            *[("0001.HK", D1, 60.0, FREE), ("0001.HK", D2, 61.5, FILL), ("0001.HK", D3, 63.0, FREE)],
            ("0700.HK", D2, 333.25, {"source": "handmade"}),
            ("0002.HK", D2, 61.5, FILL | {"known_to": corrected}),
            ("0002.HK", D2, 70.0, FREE | {"known_from": corrected, "asked_at": corrected}),
            *[("000858.SZ", day, 20.0, FREE) for day in (D1, D2)],
        ],
        indices=[("^HSI", D1, 20000.0, FREE), ("^HSI", D2, 20202.5, FILL), ("^HSI", D3, 20400.0, FREE)],
        quarantine=[("0003.HK", D2, "unit_slip", FREE | {"detail": "9034 is no 61.5"})],
        official=[("000858.SZ", D2, 20.0, 41.75)],
        runs=[("HK", D1, D3), ("CN", D1, D2)],
    )
    build(lake, FACTS, folder / "warehouse.duckdb", NOW, 30)
    return folder / "warehouse.duckdb"


@pytest.fixture
def call(path):
    def answer(tool, allowed=("simulated",), **arguments):
        with open_read_only(path) as connection:
            withhold(connection, allowed)
            return (sql if tool == "sql" else getattr(tools, tool))(connection, NOW, **arguments)

    return answer


EVERYTHING = [
    *[(tool, {"day": day}) for tool in ("evening", "verdict") for day in (D2, D3)],
    *[(tool, {"index": "HSI", "day": day}) for tool in ("index", "movers") for day in (D2, D3)],
    *[("stock", {"symbol": symbol, "day": D3, "bars": 3}) for symbol in ("1", "5", "700", "2", "000858")],
    *[("stock", {"symbol": symbol, "day": D2}) for symbol in ("1", "5", "700", "2", "000858")],
    *[("why", {"symbol": symbol, "day": D2}) for symbol in ("1", "2", "3", "700", "HSI")],
    *[
        ("as_known_on", {"symbol": s, "day": D2, "moment": m})
        for s in ("1", "2", "700", "HSI")
        for m in ("2022-06-05", "2023-01-01")
    ],
    *[("as_known_on", {"symbol": s, "day": D3, "moment": "2023-01-01"}) for s in ("1", "HSI")],
    *[("sql", {"query": f"from {path.stem}"}) for path in sorted(SHOWS.glob("*.sql"))],
    *[("sql", {"query": f"from {name}"}) for name in OPEN],
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments"), EVERYTHING, ids=str)
def test_no_answer_has_a_price_for_own_use_and_each_has_its_verdict(call, tool, arguments):
    text = call(tool, **arguments)
    assert text.startswith("VERDICT ")
    assert [secret for secret in SECRET if secret in text] == []
    assert "AFTERCLOSE_SHARE" in text or tool == "verdict"


def test_what_nothing_is_withheld_of_is_told_whole(call):
    everyone = ("simulated", "tencent", "handmade", "baostock")
    told = "".join(call(tool, everyone, **arguments) for tool, arguments in EVERYTHING)
    assert [secret for secret in SECRET if secret not in told] == []
    assert "AFTERCLOSE_SHARE" not in told


def test_rows_that_may_be_shared_are_told_with_the_returns_that_show_no_others(call):
    assert '"close": 52.02' in call("stock", symbol="5", day=D3)
    assert '"return_1d": 0.02' in call("stock", symbol="5", day=D3)
    text = call("stock", symbol="1", day=D3)
    assert '"close": 63.0' in text
    assert '"return_1d": null' in text
    assert "rows of baostock, handmade, tencent are left out" in call(
        "sql", query="select trade_date, close from prices"
    )
    assert '"then": {"trade_date": "2022-05-18", "symbol": "0001.HK"' in call(
        "as_known_on", symbol="1", day=D3, moment="2023-01-01"
    )


def test_figures_of_a_market_are_told_where_all_its_rows_may_be(call):
    assert "REFUSED these figures are made of rows of handmade, tencent" in call("index", index="HSI", day=D3)
    assert "20400.0" in call("index", ("simulated", "tencent", "handmade"), index="HSI", day=D3)


def test_a_bar_that_is_left_out_is_refused_by_whose_it_is(call):
    assert "REFUSED the bar of 0001.HK on 2022-05-17 is of tencent: they are for own use" in call(
        "stock", symbol="1", day=D2
    )


@pytest.mark.parametrize(
    "query",
    [
        "from main.prices",
        "from warehouse.main.prices",
        "from base.prices",
        "from flat.prices",
        "from stock_returns",
        "from STOCK_RETURNS",
        "from market_wrap",
        "from published",
        "from prices_as_known_on('2023-01-01')",
        "from query_table('base.prices')",
        "from query('from base.prices')",
        "select (select max(close) from base.prices)",
        "select trade_date from prices where close in (select close from main.prices)",
        "with stock_returns as (from stock_returns) from stock_returns",
        "with recursive t as (from prices union all (from base.prices)) from t",
        "from (pivot main.prices on symbol using max(close))",
        "from (summarize main.prices)",
        "summarize main.prices",
        "from prices; from main.prices",
        "set variable shareable = ['tencent']",
    ],
)
def test_a_query_that_could_see_what_is_left_out_is_refused(call, query):
    with pytest.raises(UsageError):
        call("sql", query=query)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("from prices; from runs", "one select, please: there is none, or more than one"),
        ("select 1 +", "one select, please: .*syntax error"),
        (
            "from base.prices",
            "base.prices is not shown: .* AFTERCLOSE_SHARE names whose. Ask, without a schema, about, ",
        ),
    ],
)
def test_a_refused_query_is_told_why_and_what_may_be_asked(call, query, message):
    with pytest.raises(UsageError, match=message):
        call("sql", query=query)


def test_columns_of_one_name_are_all_told_with_the_verdicts_of_all_their_days_and_markets(call):
    text = call(
        "sql",
        query="select p.trade_date, p.symbol, p.close, q.trade_date, q.symbol, q.close from prices p, prices q where "
        f"p.symbol = '0005.HK' and p.trade_date = '{D3}' and q.symbol = '000858.SZ' and q.trade_date = '{D1}'",
    )
    assert '"close": 52.02' in text
    assert '"close_1": 20.0' in text
    assert f'"trade_date_1": "{D1}", "symbol_1": "000858.SZ"' in text
    assert {f"VERDICT {market} {day}" for market in ("HK", "CN") for day in (D1, D3)} <= {
        line.partition(":")[0] for line in text.splitlines()
    }


def test_a_query_may_name_its_own_tables(call):
    text = call("sql", query="with mine as (select trade_date, close from prices) select * from mine, range(1)")
    assert "52.02" in text


def test_what_may_be_shared_is_what_the_facts_and_the_setting_say(home):
    assert may_be_shared(Settings()) == {"simulated", "local"}
    assert may_be_shared(Settings(share="Yahoo, tencent")) == {"simulated", "local", "yahoo", "tencent"}


def test_what_is_shown_is_a_view_without_a_price_or_has_a_query_of_its_own(path):
    with open_read_only(path) as connection:
        views = {
            name
            for (name,) in connection.execute(
                "select view_name from duckdb_views() where schema_name = 'main' and not internal"
            ).fetchall()
        }
        prices = {"close", "open", "high", "value", "return_1d", "turnover"}
        for name in OPEN:
            columns = {row[0] for row in connection.execute(f"describe {name}").fetchall()}
            assert not columns & prices, name
    assert {*OPEN, *(path.stem for path in SHOWS.glob("*.sql"))} <= views
