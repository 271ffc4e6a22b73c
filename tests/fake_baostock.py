"""A stand-in for baostock's server: its frames with invented numbers, on loopback."""

import json
import threading
import zlib
from contextlib import ExitStack

from tests.loopback import tcp_server

END = b"<![CDATA[]]>\n"
NAMES = "date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,tradestatus,pctChg,peTTM,isST"
PREFIXES = {"SS": "sh", "SZ": "sz"}


def frame(kind, *fields, packed=False, length=None):
    """An answer's bytes."""
    body = "\1".join(fields).encode()
    data = zlib.compress(body, 1) if packed else body
    size = len(data if packed else body.decode()) if length is None else length
    head = f"00.9.00\1{kind}\1{size:010d}".encode()
    return head + data + b"\1%d" % zlib.crc32(head + data) + END


def record(row, day, emptily=False):
    """The texts of a row that has the names of `LINES`; a suspended one with empty numbers, or with zeros."""
    digits, suffix = row["symbol"].split(".")
    traded, flat = row["state"] == "traded", [row["close"]] * 3
    prices = [row["open"], row["high"], row["low"]] if traded else flat
    percent = (row["close"] / row["previous_close"] - 1) * 100
    nothing = ["", ""] if emptily else ["0", "0.0000"]
    numbers = [f"{row['volume']}", f"{row['turnover']:.4f}"] if traded else nothing
    return [
        *(f"{day}", f"{PREFIXES[suffix]}.{digits}"),
        *(f"{value:.4f}" for value in (*prices, row["close"], row["previous_close"])),
        *numbers,
        *("3", "0.1", "0" if row["state"] == "suspended" else "1"),
        f"{percent:.6f}" if row["state"] != "suspended" else "",
        *("", "1" if row["is_st"] else "0"),
    ]


def whole_day(records, names=NAMES, kind="99"):
    """The frame of an answer with those records."""
    data = json.dumps({"record": records}) if records else ""
    fields = ("0", "success", "query_daily_history_k_AStock", "anonymous", data, names)
    return frame(kind, *fields, packed=kind == "99")


class FakeBaostock:
    """`serve` a day's rows, `show` a fault; `asked` are the fields of all requests in order."""

    def __init__(self):
        self.days, self.closed, self.fault, self.left, self.asked = {}, set(), None, -1, []
        self.stopped = threading.Event()
        self._stack = ExitStack()

    def start(self):
        return self._stack.enter_context(tcp_server(self.talk))

    def stop(self):
        self.stopped.set()
        self._stack.close()

    def serve(self, day, rows, named=None):
        """Rows of `day` when `named` is asked for, which is the same day if left out."""
        self.days[f"{named or day}"] = [record(row, day, bool(at % 2)) for at, row in enumerate(rows)]

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
        """A day that is no session by its calendar."""
        self.closed.add(f"{day}")

    def questions(self):
        """How often somebody asked, logging in and out not counted."""
        return sum(fields[0].startswith("query") for fields in self.asked)

    def talk(self, handler):
        for line in handler.rfile:
            head, _, _ = line.rstrip(b"\n").decode().rpartition("\1")
            kind, fields = head.split("\1")[1], head[21:].split("\1")
            self.asked.append(fields)
            if not self.answer(handler, kind, fields):
                return

    def answer(self, handler, kind, fields):
        """Write an answer; False when the connection is to be closed."""
        data = self.right(kind, fields)
        fault = self.struck() if self.fault and self.fault[0] == fields[0] else None
        what = fault and fault[1]
        if what == "hang":
            self.stopped.wait(30)
        if what == "reset":
            return False
        if isinstance(what, bytes):
            data = what
        handler.wfile.write(data[: len(data) // 2] if what == "cut" else data)
        return what != "cut" and not isinstance(what, bytes)

    def right(self, kind, fields):
        if kind in ("00", "02"):
            return frame("01" if kind == "00" else "03", "0", "success", fields[0], fields[1], "20220518180000")
        if kind == "33":
            rows = json.dumps({"record": [[fields[4], "0" if fields[4] in self.closed else "1"]]})
            return frame("34", "0", "success", *fields[:4], rows, *fields[4:], "calendar_date, is_trading_day")
        return whole_day(self.days.get(fields[2], []))
