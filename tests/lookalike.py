"""A small look-alike of Yahoo's chart API for tests: invented prices, its own faults, loopback only."""

import json
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tests.loopback import POLL

MARKETS = {"HK": ("Asia/Hong_Kong", "HKD", 16), "SS": ("Asia/Shanghai", "CNY", 15), "SZ": ("Asia/Shanghai", "CNY", 15)}


def stamp(day, hour=9, minute=30):
    """Seconds since 1970 of a local time at +08:00."""
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).timestamp()) - 8 * 3600


class LookAlike:
    """Serves `bars` (symbol: {date: (open, high, low, close, volume)}) up to `today`, with `faults`."""

    def __init__(self):
        self.bars, self.splits, self.dividends = {}, {}, {}
        self.today = date(2022, 5, 17)
        self.faults = {}  # symbol: list of faults, one a request, None for none; the last one stays
        self.asked, self.in_flight, self.peak = Counter(), 0, 0
        self.queries = {}
        self.others = Counter()  # what else was asked, by path
        self.lock = threading.Lock()
        self.barrier = None

    def start(self):
        """Listen on loopback; returns the base URL."""
        state = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                state.answer(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(POLL,), daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        url = urlsplit(handler.path)
        if not url.path.startswith("/v8/finance/chart/"):
            with self.lock:
                self.others[url.path] += 1
        if url.path == "/v1/test/getcrumb":
            return reply(handler, 200, b"crumb", "text/plain")
        if not url.path.startswith("/v8/finance/chart/"):
            return reply(handler, 404, b"", "text/html")
        symbol = unquote(url.path.rsplit("/", 1)[-1])
        with self.lock:
            self.asked[symbol] += 1
            self.queries[symbol] = parse_qs(url.query)
            self.in_flight += 1
            self.peak = max(self.peak, self.in_flight)
            queue = self.faults.get(symbol, [None])
            fault = queue.pop(0) if len(queue) > 1 else queue[0]
        try:
            if self.barrier:
                self.barrier.wait(timeout=10)
            return self.chart(handler, symbol, fault)
        finally:
            with self.lock:
                self.in_flight -= 1

    def chart(self, handler, symbol, fault):
        if isinstance(fault, int):
            return reply(handler, fault, b"Edge: not now", "text/plain")
        if fault == "reset":
            handler.close_connection = True
            return handler.connection.close()
        if fault == "html":
            return reply(handler, 200, b"<html>Will be right back</html>", "text/html")
        if fault == "shape":
            return reply(handler, 200, json.dumps({"finance": {"result": []}}).encode())
        if symbol not in self.bars or fault == "no data":
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return reply(handler, 404, json.dumps({"chart": {"result": None, "error": error}}).encode())
        body = json.dumps(self.payload(symbol, fault)).encode()
        return reply(handler, 200, body[: len(body) // 2] if fault == "cut" else body)

    def payload(self, symbol, fault):
        zone, currency, close_hour = MARKETS["HK" if symbol.startswith("^") else symbol.rsplit(".", 1)[-1]]
        query = self.queries[symbol]
        first = date(1970, 1, 1) + timedelta(seconds=int(query.get("period1", ["0"])[0]))
        days = [day for day in sorted(self.bars[symbol]) if first <= day <= self.today]
        days = days[-5:] if query.get("range") == ["5d"] else days
        ratio = {day: self.ratio_after(symbol, day) for day in days}
        rows = {day: self.bars[symbol][day] for day in days}
        quote = {
            name: [None if rows[day][at] is None else rows[day][at] / ratio[day] for day in days]
            for at, name in enumerate(("open", "high", "low", "close"))
        }
        quote["volume"] = [int(rows[day][4] * ratio[day]) for day in days]
        stamps = [stamp(day) for day in days]
        spoil(fault, stamps, quote)
        meta = {
            "currency": "USD" if fault == "currency" else currency,
            "symbol": symbol,
            "gmtoffset": 28800,
            "exchangeTimezoneName": zone,
            "regularMarketTime": stamp(days[-1], close_hour, 8 if close_hour == 16 else 0) if days else None,
            "instrumentType": "EQUITY",
            "longName": f"Invented {symbol}",
            "priceHint": 2,
            "dataGranularity": "1d",
            "range": "",
            "validRanges": ["1d", "5d", "max"],
        }
        events = {
            "dividends": {
                str(stamp(day)): {"date": stamp(day), "amount": amount / self.ratio_after(symbol, day)}
                for day, amount in self.dividends.get(symbol, {}).items()
                if first <= day <= self.today
            },
            "splits": {
                str(stamp(day)): {"date": stamp(day), "numerator": split, "denominator": 1}
                for day, split in self.splits.get(symbol, {}).items()
                if first <= day <= self.today
            },
        }
        result = {"meta": meta, "timestamp": stamps, "events": events}
        result["indicators"] = {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]}
        return {"chart": {"result": [result], "error": None}}

    def ratio_after(self, symbol, day):
        ratio = 1.0
        for ex_date, split in self.splits.get(symbol, {}).items():
            ratio *= split if day < ex_date <= self.today else 1.0
        return ratio


def spoil(fault, stamps, quote):
    """What a vendor does wrong to the numbers themselves, mostly to those of the last day."""
    prices = ("open", "high", "low", "close")
    if fault == "x100":
        quote["close"][-1] *= 100
    elif fault == "negative":
        quote["low"][-1] *= -1
    elif fault == "swapped":
        quote["high"][-1], quote["low"][-1] = quote["low"][-1], quote["high"][-1]
    elif fault == "nulls":
        for name in quote:
            quote[name][-1] = None
    elif fault == "flat":
        for name in prices:
            quote[name][-1] = quote["close"][-2]
        quote["volume"][-1] = 0
    elif fault == "repeated":
        for name in quote:
            quote[name][-1] = quote[name][-2]
    elif fault == "saturday":
        stamps[-1] += 86400 * (5 - datetime.fromtimestamp(stamps[-1], UTC).weekday())
    elif fault == "rebased":
        for name in prices:
            quote[name] = [price * 0.95 for price in quote[name]]
    elif fault == "corrected":
        quote["high"][-3] = quote["close"][-3] = quote["high"][-3] + 0.1
    elif fault in ("stale", "twice"):
        for values in (stamps, *quote.values()):
            values[-1:] = [] if fault == "stale" else [values[-1]] * 2


def reply(handler, status, body, kind="application/json"):
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
