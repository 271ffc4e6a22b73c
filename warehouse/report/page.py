"""The page of a date: both markets, from the DuckDB file alone, as one HTML file that asks for nothing else."""

from datetime import date
from itertools import groupby
from typing import Any

import duckdb

from warehouse.errors import AftercloseError
from warehouse.report.behind import SETTLED, SOURCES, behind
from warehouse.report.charts import month_bars, sparkline, year_chart
from warehouse.report.due import KNOWN, has_page
from warehouse.report.look import Look, render, script_of, style_of
from warehouse.report.members import GROUP, map_of, room_for_names
from warehouse.report.words import LANGUAGES, in_all, say_in, texts_of
from warehouse.sql.database import ask
from warehouse.wording.agreement import WHO, told
from warehouse.wording.market import boards, is_compared

BLOCKS = (
    "indices", "index_states", "year", "movers", "members", "breadth", "contribution", "contribution_check", "pairs",
    "held", "market", "market_movers", "industries", "about",
)  # fmt: skip
ALIKE = 5  # rows that say the same of more symbols are one
HELD = ("state", "rule", "known_limit", "reason")  # of what is held: what is the same is said once
DECIDED = ("rule", "status", "decided_by", "note")  # and of what was settled
MARKS = ("[SIMULATED] ", "【模擬】", "【模拟】")  # of sentences: the page says it once, at its top

Row = dict[str, Any]


def last_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The last date on which either market has a judged session."""
    verdicts = ask(connection, "verdicts", market=None, first=None, last=None)
    return verdicts[-1]["trade_date"] if verdicts else None


def report(connection: duckdb.DuckDBPyConnection, day: date, look: Look | None = None) -> str:
    """The HTML of a date; raises `AftercloseError` when neither market has a judged session on it."""
    if not has_page(connection, day):
        raise AftercloseError(f"nothing is stored for {day}: run `afterclose nightly --date {day}` first")
    look = look or Look()
    found = {name: ask(connection, f"page_{name}", day=day) for name in BLOCKS}
    years = {row["index_symbol"]: row for row in found["year"]}
    indices = [_index(row, years[row["index_symbol"]], day) for row in found["indices"]]
    widest = max(
        (bar["move"] or 0 for index in indices if index["is_followed"] for bar in index["month"]), key=abs, default=0
    )
    for index in indices:
        index["month"] = month_bars(index["days"], index["moves"], day, abs(widest))
    industries = {row["symbol"]: row["industry"] for row in found["industries"]}
    members = _by_index([row | {GROUP: industries.get(row["symbol"])} for row in found["members"]])
    codes = {row["index_symbol"]: row["index_code"] for row in indices if row["is_followed"]}
    maps = {symbol: map_of(code, members.get(symbol, [])) for symbol, code in codes.items()}
    (about,) = found["about"]
    (knows,) = ask(connection, "page_knows", days=[day])
    sources = list(dict.fromkeys([*(about["stock_sources"] or []), *(about["index_sources"] or [])]))
    agreement = ask(connection, "agreement", first=day, last=day, limit=SOURCES)
    return render(
        "page.html.jinja",
        look,
        day=day,
        known_as=KNOWN,
        known=knows["known"],
        style=style_of((map_["rules"] for map_ in maps.values()), room_for_names()),
        script=script_of("language.js", "page.js", sorts=True),
        verdicts=ask(connection, "day_verdicts", day=day),
        states={row["index_symbol"]: row for row in found["index_states"]},
        indices=indices,
        widest_of_month=widest,
        movers=_by_index(found["movers"]),
        members=members,
        maps=maps,
        breadth={row["index_symbol"]: row for row in found["breadth"]},
        contribution=_by_index(found["contribution"]),
        contribution_check={row["index_symbol"]: row for row in found["contribution_check"]},
        pairs=found["pairs"],
        whole_markets=[_whole(row) for row in found["market"]],
        market_movers=found["market_movers"],
        other_lines=_other_lines(found["pairs"]),
        missing=[row for row in found["held"] if row["state"] == "missing"],
        held=_alike([row for row in found["held"] if row["state"] != "missing"], *HELD),
        settled=_alike(ask(connection, "settled", first=day, last=day, limit=SETTLED), *DECIDED),
        agreement=[row | {"told": [told(row, language) for language in LANGUAGES]} for row in agreement],
        unknown=_unknown(maps, found),
        young_of=_young,
        about=about,
        sources=", ".join(sources),
        is_simulated="simulated" in sources,
        behind=behind(day, has_market=bool(found["market"])),
    )


def _index(row: Row, year: Row, day: date) -> Row:
    """An index with its curves; its sentences without the mark that the page has at its top."""
    days, closes = year["trade_dates"], year["closes"]
    texts = zip(texts_of(row, "headline"), MARKS, strict=True)
    return row | {
        "headlines": [text.replace(mark, "", 1) for text, mark in texts] if row["headline"] else [],
        "spark": sparkline(days, closes, day),
        "year": year_chart(year, day),
        "days": days,
        "closes": closes,
        "moves": year["moves"],
        "falls": year["drawdowns"],
        "month": month_bars(days, year["moves"], day, 0),
    }


def _by_index(rows: list[Row]) -> dict[str, list[Row]]:
    return {symbol: list(group) for symbol, group in groupby(rows, key=lambda row: row["index_symbol"])}


def _whole(row: Row) -> Row:
    """A whole market with what was printed and by whom."""
    return row | {
        "boards": [boards(row, language) for language in LANGUAGES],
        "who": WHO.get(row["source"], row["source"]),
        "is_compared": is_compared(row),
    }


def _alike(rows: list[Row], *names: str) -> list[list[Row]]:
    """Rows that say the same together, where there are many; a detail without what the columns say of it."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        said = f"{row['symbol']} {row['trade_date']} {row['rule']}: "
        clean = row | {"detail": (row["detail"] or "").removeprefix(said)}
        found.setdefault(tuple(row[name] for name in names), []).append(clean)
    return [part for some in found.values() for part in ([some] if len(some) > ALIKE else [[one] for one in some])]


def _other_lines(pairs: list[Row]) -> dict[str, float]:
    """What the other line of a company did, by the symbol of this one."""
    lines = {row["a_symbol"]: row["h_return_1d"] for row in pairs}
    return lines | {row["h_symbol"]: row["a_return_1d"] for row in pairs}


def _young(indices: list[Row]) -> Any:
    """Since when the indices are stored that have no return over a year, in every language."""
    by_day = groupby(sorted(indices, key=lambda row: row["history_from"]), key=lambda row: row["history_from"])
    spells = [(day, [texts_of(row) for row in rows]) for day, rows in by_day]
    told = []
    for at, language in enumerate(LANGUAGES):
        comma = say_in(language, "and")
        listed = [say_in(language, "stored from", comma.join(names[at] for names in rows), day) for day, rows in spells]
        told.append(say_in(language, "young", say_in(language, "semicolon").join(listed)))
    return in_all(told)


def _unknown(maps: dict[str, Row], found: dict[str, list[Row]]) -> list[str]:
    """What nobody knows of this evening."""
    lacks = {
        "turnover": not all(map_["is_official"] for map_ in maps.values() if map_["tiles"]),
        "weights": any(row["reason"] for row in found["contribution_check"]),
        "total": True,
        "connect": True,
        "industry": not any(map_["groups"] for map_ in maps.values()),
        "market": not found["market"],
    }
    return [word for word, is_so in lacks.items() if is_so]
