"""A stand-in for HKEX's Daily Quotations: pages of its layout with invented numbers, on loopback."""

import threading
from contextlib import ExitStack

from tests.loopback import http_server, send

HEADS = (
    " CODE  NAME OF STOCK    CUR PRV.CLO./    ASK/    HIGH/      SHARES TRADED/",
    "                            CLOSING      BID     LOW        TURNOVER ($)",
)
TOP = """<html><head><title>Hong Kong Exchanges and Clearing Limited</title></head><body>
<span>Daily Quotations</span>
<pre><font size='1'>
EXCHANGE SQUARE, HONG KONG      TEL: 25221122        DATE: {day}

                        {board}
                                DAILY QUOTATIONS

                                TABLE OF CONTENT
<a href="#quotations">QUOTATIONS</a>
"""
HIGHLIGHTS = """<a name = "market_highlights">MARKET HIGHLIGHTS</a>

   Advanced : 2     Declined : 1
   Overseas Turnover (HK$): 2,900,000
   Today's Turnover:
   (HK$):    {turnover:,}
   (Shares): 25,000,000
"""
BREAK = "</font></pre><pre><font size='1'>"
FOOT = [
    "-" * 79,
    " * 20 Most Active($) Stock",
    " # Stock with Trading Suspend/Halt taking effect from Today",
    '<a name = "sales_all">SALES RECORDS FOR ALL STOCKS</a>',
    "     1 CKH HOLDINGS     < 1,000-70.50 >" * 20,
]
BOARDS = {"Main Board": "MAIN BOARD AND TRADING ONLY STOCKS", "GEM": "GROWTH ENTERPRISE MARKET"}


def price(value):
    """A price in its nine columns: the point in the sixth, a third decimal where there is one."""
    if value is None:
        return "     -   "
    return f"{value:9.3f}"[:-1] + " " if f"{value:.3f}".endswith("0") else f"{value:9.3f}"


def entry(row, star=" "):
    """The lines of a row that has the names of `LINES`."""
    code = int(row["symbol"].removesuffix(".HK"))
    name = row["name"].replace("&", "&amp;")
    name += " " * (16 - len(row["name"]))
    first = f"{star}{code:5d}{'#' if row.get('since_today') else ' '}{name} {row['currency'] or '   '}"
    if row["state"] in ("suspended", "halted"):
        return [f"{first} TRADING {row['state'].upper()}"]
    given = "N/A" if row["previous_close"] is None else None
    numbers = [f"{row[name]:>20,.0f}" if row[name] else f"{'-':>20}" for name in ("volume", "turnover")]
    above = ("     N/A " if given else price(row["previous_close"])) + price(row["ask"]) + price(row["high"])
    below = price(row["close"]) + price(row["bid"]) + price(row["low"])
    return [first + above + numbers[0], " " * 27 + below + numbers[1]]


def page(day, rows, board="Main Board", heads=HEADS, total=1_234_567, broken_at=()):
    """The bytes of a page; a page break is glued to the lines of those numbers within the quotations."""
    lines = [line for row in rows for line in entry(row)]
    for at in broken_at:
        lines[at] = BREAK + lines[at]
    top = TOP.format(day=f"{day:%d %b %Y (%A)}".upper(), board=BOARDS[board])
    body = ['<a name = "quotations">QUOTATIONS</a>', "", *heads, *lines, *FOOT]
    text = top + HIGHLIGHTS.format(turnover=total) + "\n".join(body) + "\n</font></pre>\n</body>\n</html>\n"
    return text.replace("\n", "\r\n").encode("iso-8859-1")


NOTHING = b"<html><span>Daily Quotations</span><pre> Hong Kong Public Holiday, NO TRADING.\n</pre></html>"
MOVED = b"<html>The page requested may have been relocated, renamed or removed from the server.</html>"


class FakeHkex:
    """`serve` a day's rows, `show` a fault; `asked` are the paths and ranges in order."""

    def __init__(self):
        self.pages, self.fault, self.left, self.asked, self.agents = {}, None, -1, [], set()
        self.stopped = threading.Event()
        self._stack = ExitStack()

    def start(self):
        return self._stack.enter_context(http_server(self.answer))

    def stop(self):
        self.stopped.set()
        self._stack.close()

    def serve(self, day, rows, named=None):
        """Rows of `day` under the name of `named`, which is the same day if left out."""
        self.pages[f"/eng/stat/smstat/dayquot/d{named or day:%y%m%d}e.htm"] = page(day, rows)

    def show(self, fault, times=-1):
        """Be wrong in this way so many times, or always."""
        self.fault, self.left = fault, times

    def struck(self):
        """The fault of this moment."""
        if not self.left:
            self.fault = None
        self.left -= 1
        return self.fault

    def close(self, day):
        """A day on which the exchange says that nobody trades."""
        self.pages[f"/eng/stat/smstat/dayquot/d{day:%y%m%d}e.htm"] = NOTHING

    def questions(self):
        return len(self.asked)

    def answer(self, handler):
        self.asked.append((handler.path, handler.headers["Range"]))
        self.agents.add(handler.headers["User-Agent"])
        fault, found = self.struck(), self.pages.get(handler.path)
        if isinstance(fault, int):
            return send(handler, b"", fault)
        if fault == "hang":
            return self.stopped.wait(30)
        if fault == "reset":
            handler.close_connection = True
            return handler.connection.close()
        if fault == "check":
            return send(handler, b"<html><title>Access Denied</title>please verify you are human</html>")
        if fault == "html":
            return send(handler, b"<html>We will be back soon</html>")
        if fault == "moved":
            return send(handler, MOVED)
        if fault == "elsewhere":
            return send(handler, b"", 302, [("Location", "http://localhost:9/eng/d.htm")])
        if found is None:
            return send(handler, b"<html>404</html>", 404)
        if fault == "columns":
            found = found.replace(b"PRV.CLO./    ASK/ ", b"ASK/    PRV.CLO./ ")
        if fault == "short":
            found = found[: found.index(b"sales_all") - 200]
        if fault == "cut":
            return send(handler, found[:900], promised=len(found))
        return self.piece(handler, found)

    def piece(self, handler, found):
        first, last = (int(text) for text in handler.headers["Range"].removeprefix("bytes=").split("-"))
        last = min(last, len(found) - 1)
        spans = [("Content-Range", f"bytes {first}-{last}/{len(found)}")]
        return send(handler, found[first : last + 1], 206, spans)
