"""A stand-in for Tencent's daily bars: its shapes with invented numbers, on loopback."""

import json
import threading
from contextlib import ExitStack
from datetime import date
from urllib.parse import parse_qs, urlsplit

from tests.loopback import http_server, send

CHECK = "<html><head><title>验证</title></head><body>访问过于频繁</body></html>".encode("gbk")


class FakeTencent:
    """`bars` are {its name of a symbol: {date: (open, high, low, close, volume)}}, as it prints them."""

    def __init__(self):
        self.bars, self.faults, self.asked, self.paths, self.agents = {}, {}, [], [], set()
        self.stopped = threading.Event()
        self._stack = ExitStack()

    def start(self):
        return self._stack.enter_context(http_server(self.answer))

    def stop(self):
        self.stopped.set()
        self._stack.close()

    def answer(self, handler):
        url = urlsplit(handler.path)
        name, period, first, last, count, adjusted = parse_qs(url.query)["param"][0].split(",")
        assert (period, adjusted) == ("day", "")
        self.asked.append(name)
        self.paths.append((url.path, first, last, int(count)))
        self.agents.add(handler.headers["User-Agent"])
        fault = self.faults.get(name)
        if isinstance(fault, int):
            return send(handler, b"<html></html>", fault)
        if isinstance(fault, bytes):
            return send(handler, fault)
        if fault == "reset":
            handler.close_connection = True
            return handler.connection.close()
        if fault == "hang":
            return self.stopped.wait(30)
        if fault == "elsewhere":
            return send(handler, b"", 302, [("Location", "http://localhost:9/")])
        body = json.dumps(self.payload(name, date.fromisoformat(first), date.fromisoformat(last)))
        return send(handler, body[: len(body) // 2].encode() if fault == "cut" else body.encode())

    def payload(self, name, first, last):
        rows = [
            [f"{day}", f"{bar[0]:.3f}", f"{bar[3]:.3f}", f"{bar[1]:.3f}", f"{bar[2]:.3f}", f"{bar[4]}"]
            for day, bar in sorted(self.bars.get(name, {}).items())
            if first <= day <= last
        ]
        return {"code": 0, "msg": "", "data": {name: {"day": rows[-640:], "qt": {}}}}
