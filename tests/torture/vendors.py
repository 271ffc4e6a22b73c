"""One spoiled answer of each vendor: `SPOILED[vendor](chance)` makes it, lets our code read it, and looks at what came.

What comes of any answer is an outcome (of a list: the list, or the error that it is documented to raise), and nothing
else; whatever is wrong is raised.
"""

import json
import sys
from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from math import isfinite
from random import Random

import pandas as pd

from tasks.fetch import ask
from tasks.lists import constituents, csindex
from tasks.sources import _yahoo_chart, baostock, hkex, sina, tencent
from tasks.sources._baostock_wire import read
from tasks.sources.simulated import Simulated
from tasks.web import Reply
from tests import fake_baostock, fake_csindex, fake_hkex
from tests.conftest import walk
from tests.damage import damaged
from tests.fake_akshare import FakeAkshare
from tests.fake_tencent import FakeTencent
from tests.faults.test_damaged_evenings import as_frame, check, lines
from tests.lookalike import LookAlike
from tests.shipped import CN, FACTS, HK
from tests.sources.conformance import OUTCOMES
from tests.sources.official_conformance import OUTCOMES as OFFICIAL_OUTCOMES
from tests.torture.spoiling import spoiled
from warehouse.bars.answers import Answer, Request, refuse_misshapen
from warehouse.errors import AftercloseError

FIRST, DAY = date(2022, 4, 1), date(2022, 5, 18)
NOW = datetime(2022, 5, 18, 10, tzinfo=UTC)


@cache
def bars(symbol, market=HK, last=DAY):
    """Invented bars of a symbol, made once."""
    return walk(symbol, market, FIRST, last)


def chart(symbol, market, chance, last=DAY):
    """The body of a chart of Yahoo's, with events now and then."""
    alike = LookAlike()
    alike.bars, alike.today, alike.queries = {symbol: bars(symbol, market, last)}, last, {symbol: {}}
    days = sorted(alike.bars[symbol])
    if chance.random() < 0.3:
        alike.splits[symbol] = {chance.choice(days): chance.choice((2, 5, 0.1, 1, 1.5))}
    if chance.random() < 0.3:
        alike.dividends[symbol] = {chance.choice(days): chance.choice((0.1, 1, 30, 1e-9))}
    return alike.payload(symbol, None)


def yahoo_body(symbol, market, chance, last=DAY):
    """A chart that is spoiled as a structure, as bytes, or not at all."""
    payload, kind = chart(symbol, market, chance, last), chance.random()
    if kind < 0.75:
        payload = spoiled(payload, chance)
    body = json.dumps(payload).encode()
    return damaged(body, chance) if kind > 0.9 else body


def yahoo_answer(symbol, market, chance, now=NOW, last=DAY):
    status = 200 if chance.random() < 0.95 else chance.choice((0, 204, 400, 404, 422, 429, 500, 999))
    return _yahoo_chart.decode(symbol, status, yahoo_body(symbol, market, chance, last), now)


def decoded(symbol, payload, now):
    """The answer in a chart that nothing is wrong with."""
    return _yahoo_chart.decode(symbol, 200, json.dumps(payload).encode(), now)


def tencent_answer(symbol, market, chance, now=NOW, first=FIRST, last=DAY):
    fake, name = FakeTencent(), tencent.tencent_name(symbol, market)
    fake.bars[name] = bars(symbol, market, last)
    payload, kind = fake.payload(name, first, last), chance.random()
    if kind < 0.75:
        payload = spoiled(payload, chance)
    body = json.dumps(payload, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    body = damaged(body, chance) if kind > 0.9 else body
    status = 200 if chance.random() < 0.95 else chance.choice((0, 302, 403, 404, 429, 500))
    fault = None if chance.random() < 0.97 else chance.choice(("late", "cut", "too long", "elsewhere", "unreachable"))
    return tencent.decode(symbol, market, first, last, Reply(status, body, fault=fault), now)


def sina_answer(symbol, chance, now=NOW, last=DAY):
    """As `Sina.ask` has it: what akshare makes of a page is a frame of anything, or an exception of any kind."""
    fake = FakeAkshare()
    sys.modules["akshare"] = fake.module()
    index = FACTS.index_named(next(each.code for each in FACTS.indices if each.symbol == symbol))
    market = FACTS.market(index.market)
    fake.bars[sina.sina_symbol(index)] = {day: bar[3] for day, bar in bars(symbol, market, last).items()}
    source = sina.Sina(market, 1e9, lambda: now)
    rows = fake.history(sina.sina_symbol(index)).to_dict("list")
    if chance.random() < 0.9:
        rows = spoiled(rows, chance)

    problems = (KeyError("data"), TypeError("'NoneType'"), OSError("reset"), RecursionError("deep"))
    problem = chance.choice(problems) if chance.random() < 0.02 else None

    def history(symbol):  # in a thread of its own
        if problem:
            raise problem
        return pd.DataFrame(rows)

    source._history = history
    return ask(source, Request(symbol, FIRST))


def refuse_wrong_answer(answer, symbol):
    """What comes of a question about a symbol is an outcome, and nothing but text that is plain."""
    assert isinstance(answer, Answer)
    assert (answer.symbol, answer.outcome in OUTCOMES) == (symbol, True), answer
    assert answer.outcome == "ok" or (answer.detail and not answer.trade_date), answer
    refuse_misshapen(answer, symbol)
    texts = (answer.detail, answer.currency, answer.time_zone, answer.name, answer.exchange, answer.instrument_type)
    for text in (*texts, *(event.currency for event in answer.dividends), *(one.problem for one in answer.malformed)):
        assert text is None or (text.isprintable() and len(text) <= 300), text
    for event in (*answer.splits, *answer.dividends):
        assert isfinite(event.value), event
        assert event.value > 0, event
    return answer.outcome


def yahoo(chance):
    market = chance.choice((HK, CN))
    symbol = chance.choice(sorted(market.members_on(DAY) | market.index_symbols))
    return refuse_wrong_answer(yahoo_answer(symbol, market, chance), symbol)


def of_tencent(chance):
    market = chance.choice((HK, CN))
    symbol = chance.choice(sorted(market.members_on(DAY) | market.index_symbols))
    return refuse_wrong_answer(tencent_answer(symbol, market, chance), symbol)


def of_sina(chance):
    symbol = chance.choice([index.symbol for index in FACTS.indices])
    return refuse_wrong_answer(sina_answer(symbol, chance), symbol)


def simulated(chance):
    """The invented market has no answers to spoil: its questions and clocks are of any kind."""
    market = chance.choice((HK, CN))
    symbol = chance.choice(
        (*sorted(market.symbols)[:50], "^HSI", "", "x" * 500, "0700.HK\n", "../../etc", "\x1b[2J.HK")
    )
    clock = datetime(chance.randrange(1970, 2200), chance.randrange(1, 13), chance.randrange(1, 28), tzinfo=UTC)
    if chance.random() < 0.7:  # where it has sessions
        clock = clock.replace(year=chance.randrange(2018, 2028))
    first = date(chance.randrange(1, 9999), chance.randrange(1, 13), chance.randrange(1, 28))
    asked = Request(symbol, first, short=chance.random() < 0.5)
    return refuse_wrong_answer(ask(Simulated(market, lambda: clock), asked), symbol)


def official(source, content, packed):
    """The reader of evenings of one source: pages that are damaged, and their lines all as they may be."""
    board = source.OFFICIAL.boards[0]
    good = {row["symbol"]: row for row in source.decode(packed(content), DAY, board, NOW).lines.to_pylist()}

    def one(chance):
        answer = source.decode(packed(damaged(content, chance)), DAY, board, NOW)
        assert answer.outcome in OFFICIAL_OUTCOMES
        check(answer, good)
        assert all(text is None or text.isprintable() for text in (answer.detail, *answer.unread))
        return answer.outcome

    return one


def hkex_rows():
    rows = list(lines(f"{code:04d}.HK" for code in range(1, 21)))
    rows[3] |= {"high": None, "low": None, "volume": None, "turnover": None, "state": "no trade"}
    rows[7] |= {"state": "suspended"}
    return rows


def baostock_rows():
    rows = list(lines(f"{600000 + at}.SS" for at in range(20)))
    rows[3] |= {"state": "suspended"}
    return rows


def baostock_body():
    frame = fake_baostock.whole_day([fake_baostock.record(row, DAY) for row in baostock_rows()])
    return "\1".join(read(frame).fields).encode()


def baostock_structure(chance):
    """baostock's records, spoiled as a structure."""
    records = spoiled([fake_baostock.record(row, DAY) for row in baostock_rows()], chance)
    names = fake_baostock.NAMES if chance.random() < 0.9 else str(spoiled(fake_baostock.NAMES, chance))
    frame = fake_baostock.whole_day(records, names)
    answer = baostock.decode(frame, DAY, baostock.BOARD, NOW)
    assert answer.outcome in OFFICIAL_OUTCOMES
    check(answer, {})
    return answer.outcome


def of_csindex(chance):
    """A workbook with odd cells, or damaged as bytes: members, or a `ValueError` in one line."""
    members = [(f"{600000 + at}", f"NAME {at}", round(0.1 + at / 7, 3)) for at in range(20)]
    cells = fake_csindex.listed(DAY, members, chance.choice((2014, 2023, 2026)))
    if chance.random() < 0.7:
        cells = _lines(spoiled(cells, chance))
    workbook = fake_csindex.workbook(cells)
    workbook = damaged(workbook, chance) if chance.random() < 0.5 else workbook
    try:
        found = csindex.decode(workbook, "000300", has_weights=True)
    except ValueError:
        return "refused"
    assert len({member.symbol for member in found}) == len(found)
    for member in found:
        assert isfinite(member.weight)
        assert 0 <= member.weight <= 100
        assert member.name.isprintable()
    return "ok"


def _lines(cells):
    """As many of the cells as a workbook can have: texts of some length and numbers, in lines."""
    found = [line for line in cells if isinstance(line, list)] if isinstance(cells, list) else []
    return [[_cell(value) for value in line[:200]] for line in found[:2000]]


def _cell(value):
    return float(value) if isinstance(value, int | float) else str(value)[:1000]


def of_constituents(chance):
    """A page of members as CSV, damaged: a list of symbols, or an error of ours in one line."""
    rows = "".join(f"{code:04d}.HK,NAME {code}\n" for code in range(1, 81))
    content = damaged(f"Symbol,Name\n{rows}".encode(), chance)
    try:
        listing = constituents.listing_of("a page", content)
    except AftercloseError:
        return "refused"
    for symbol, name in listing.members.items():
        assert constituents.SYMBOL.fullmatch(symbol)
        assert name.isprintable()
    return "ok"


SPOILED = {
    "yahoo": yahoo,
    "tencent": of_tencent,
    "sina": of_sina,
    "simulated": simulated,
    "hkex": official(hkex, fake_hkex.page(DAY, hkex_rows()), bytes),
    "baostock": official(baostock, baostock_body(), as_frame),
    "baostock-structure": baostock_structure,
    "baostock-frame": official(baostock, as_frame(baostock_body()), bytes),
    "csindex": of_csindex,
    "constituents": of_constituents,
}


def read_many(vendor, count, seed=0):
    """How many of so many spoiled answers had which outcome; raises at the first that is none, with its number."""
    outcomes = Counter()
    for number in range(count):
        try:
            outcomes[SPOILED[vendor](Random(f"{vendor} {seed} {number}"))] += 1
        except BaseException as problem:
            problem.add_note(f"{vendor}, seed {seed}, answer {number}")
            raise
    return outcomes
