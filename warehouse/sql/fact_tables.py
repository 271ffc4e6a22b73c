"""The reference facts as tables that the scripts in `sql/` read: `fact_<name>`."""

from datetime import UTC
from pathlib import Path

import pyarrow as pa

from warehouse.bars.provisional import confirmations
from warehouse.errors import UsageError
from warehouse.facts.exchange_rates import EXCHANGE_RATES, read_exchange_rates
from warehouse.facts.files import FILES, File
from warehouse.facts.given import given_files
from warehouse.facts.industries import INDUSTRIES, read_industries
from warehouse.facts.market import Facts
from warehouse.facts.securities import SECURITIES, read_securities
from warehouse.facts.weights import WEIGHTS, read_weights
from warehouse.lake.lake import Lake
from warehouse.lake.schema import ANSWERS, INDICES, INSTANT

TYPES = {
    "varchar": pa.string(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
}


def _stem(path: Path, _: pa.Table) -> str:
    return path.stem


def _day(_: Path, rows: pa.Table) -> str:
    return str(rows["as_of"][0])


# What a user keeps, each in a folder of the home, and the table, by the same name; and of what there is one file.
GIVEN = {
    "weights": (WEIGHTS, read_weights, _stem),
    "industries": (INDUSTRIES, read_industries, _stem),
    "exchange_rates": (EXCHANGE_RATES, read_exchange_rates, _stem),
    "securities": (SECURITIES, read_securities, _day),
}


def fact_tables(lake: Lake, facts: Facts, home: Path) -> dict[str, pa.Table]:
    """Every table of facts by its name; what a user gives comes from the folders of `GIVEN` in `home`.

    A wrong file of those is left out, and the table `left_out` says why. Of the provisional sessions the lake tells
    which were confirmed.
    """
    return _given(home, facts) | {
        **{file.table: _rows(file, facts) for file in FILES.values()},
        "members": _members(facts),
        "sessions": _sessions(facts),
        "provisional_sessions": _provisional_sessions(lake, facts),
    }


def _given(home: Path, facts: Facts) -> dict[str, pa.Table]:
    """The rows of the good files, and the faults of the others: a user's file must not stop the night."""
    tables = {}
    left_out = []
    for folder, (schema, read, subject) in GIVEN.items():
        good: dict[str, pa.Table] = {}
        try:
            paths = given_files(home / folder)
        except UsageError as problem:
            paths = []
            left_out.append({"file": str(home / folder), "reason": str(problem)})
        for path in paths:
            try:
                rows = read(path, facts)
                of = subject(path, rows)
                if of in good:
                    raise UsageError(f"{path}: {of} has another file of {folder.replace('_', ' ')} already")
                good[of] = rows
            except UsageError as problem:
                left_out.append({"file": str(path), "reason": str(problem)})
        tables[folder] = pa.concat_tables([schema.empty_table(), *good.values()])
    schema = pa.schema([("file", pa.string()), ("reason", pa.string())])
    return tables | {"left_out": pa.Table.from_pylist(left_out, schema)}


def _rows(file: File, facts: Facts) -> pa.Table:
    schema = pa.schema([(column, TYPES[kind.type]) for column, kind in file.columns.items()])
    return pa.Table.from_pylist(list(facts.tables[file.name]), schema)


def _members(facts: Facts) -> pa.Table:
    dates = ("valid_from", "valid_to")
    names = ("index_symbol", "symbol", "name", *dates, "source", "confidence", "note")
    schema = pa.schema([(name, pa.date32() if name in dates else pa.string()) for name in names])
    spells = [vars(spell) for market in facts.markets.values() for spell in market.spells]
    return pa.Table.from_pylist(spells, schema)


def _sessions(facts: Facts) -> pa.Table:
    schema = pa.schema(
        [
            ("market", pa.string()),
            ("trade_date", pa.date32()),
            ("kind", pa.string()),
            *((name, pa.time64("us")) for name in ("opens", "lunch_starts", "lunch_ends", "closes")),
            ("time_zone", pa.string()),
            ("final_from", INSTANT),
            ("source", pa.string()),
            ("reason", pa.string()),
        ]
    )
    rows = [
        vars(session)
        | {
            "time_zone": str(market.time_zone),
            "final_from": session.final_from.astimezone(UTC) if session.final_from else None,
        }
        for market in facts.markets.values()
        for session in market.sessions.days
    ]
    return pa.Table.from_pylist(rows, schema)


def _provisional_sessions(lake: Lake, facts: Facts) -> pa.Table:
    schema = pa.schema([("market", pa.string()), ("trade_date", pa.date32()), ("confirmed", pa.bool_())])
    rows = []
    for market in facts.markets.values():
        years = {session.trade_date.year for session in market.sessions.days if session.kind == "provisional"}
        index_bars, answers = lake.read(INDICES, market.code, years), lake.read(ANSWERS, market.code, years)
        known = confirmations(market, index_bars[index_bars["known_to"].isna()], answers)
        rows += [{"market": market.code, "trade_date": day, "confirmed": is_one} for day, is_one in known.items()]
    return pa.Table.from_pylist(rows, schema)
