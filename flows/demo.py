"""The whole pipeline on the simulated market, from nothing, and what to look at afterwards."""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import typer

from flows.screens import print_rows, print_verdicts
from flows.wrap_screen import print_wrap
from tasks.plan import nightly_day
from tasks.verdict import Outcome
from warehouse.database import ask, open_read_only
from warehouse.errors import AftercloseError
from warehouse.sessions import back
from warehouse.settings import Settings, load_settings

EXAMPLES = (
    "select trade_date, index_code, round(100 * return_1d, 2) as pct_1d, round(100 * return_mtd, 2) as pct_mtd\n"
    "from index_returns where index_code in ('HSI', 'HSTECH', 'CSI300')\n"
    "order by trade_date desc, index_code limit 6",
    "select side, rank, symbol, name, round(100 * return_1d, 2) as pct, source\n"
    "from top_movers where index_symbol = 'HSTECH.HK' and rank <= 3\n"
    "    and trade_date = (select max(trade_date) from top_movers where index_symbol = 'HSTECH.HK')\n"
    "order by side, rank",
)


def run_demo(settings: Settings, prepare_prefect: Callable[[Settings], None], result: Callable[[Any], Outcome]) -> None:
    """Backfill three weeks of the simulated market, run its last evening as a night would, and show what came of it.

    Works in `demo` under the home folder, which it empties first; raises `AftercloseError` if it does not go as
    scripted.
    """
    home = settings.home.expanduser() / "demo"
    shutil.rmtree(home, ignore_errors=True)
    os.environ |= {"AFTERCLOSE_HOME": str(home), "AFTERCLOSE_SOURCE": "simulated", "AFTERCLOSE_SECOND_SOURCE": ""}
    os.environ.pop("AFTERCLOSE_LAKE", None)
    settings = load_settings()
    typer.echo(f"Afterclose on the SIMULATED market: every price below is invented. Files go to {home}\n")
    prepare_prefect(settings)
    from flows.backfill import backfill
    from flows.nightly import nightly

    for market in ("HK", "CN"):
        last = nightly_day(market, None, settings.clock(), timedelta(minutes=settings.settle_minutes))
        if last is None:
            raise AftercloseError(f"{market} has no final session")
        before = back(market, last, 1)
        for outcome in (
            result(backfill(market, before - timedelta(days=28), before, None, return_state=True)),
            result(nightly(market, last, False, return_state=True)),
        ):
            if outcome.state != "complete":
                raise AftercloseError(f"the demo did not go as scripted: {outcome}")
    _show(settings)


def _show(settings: Settings) -> None:
    with open_read_only(settings.database_path) as connection:
        typer.echo("\n--- afterclose wrap")
        for day in sorted({_last(connection, market) for market in ("HK", "CN")}):
            print_wrap(
                ask(connection, "wrap", first=day, last=day, market=None, index=None),
                ask(connection, "verdicts", market=None, first=day, last=day),
            )
        typer.echo("\n--- afterclose status: the verdicts")
        print_verdicts(ask(connection, "verdicts", market=None, first=None, last=None)[-8:])
        for query in EXAMPLES:
            typer.echo(f'\n--- afterclose sql "{query}"')
            print_rows(connection, query, "table")
    typer.echo(f"lake      {settings.lake_path}\ndatabase  {settings.database_path}")
    typer.echo(f"\nAsk it yourself:  AFTERCLOSE_HOME={settings.home} afterclose wrap")


def _last(connection: Any, market: str) -> Any:
    return ask(connection, "verdicts", market=market, first=None, last=None)[-1]["trade_date"]
