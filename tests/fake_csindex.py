"""A stand-in for CSI's site: workbooks of its two layouts, made by hand with invented numbers, on loopback."""

import struct

from tests.loopback import send

COLUMNS = {
    2026: [
        *("日期Date", "指数代码 Index Code", "指数名称 Index Name", "指数英文名称Index Name(Eng)"),
        *("成份券代码Constituent Code", "成份券名称Constituent Name", "成份券英文名称Constituent Name(Eng)"),
        *("交易所Exchange", "交易所英文名称Exchange(Eng)", "权重(%)weight"),
    ],
    2014: [
        *("Date", "Index Code", "Index Name(Eng.)", "Constituent Code", "Constituent Name(Eng.)", "Exchange"),
        *("Weight(%)", "Trading Currency"),
    ],
}
COLUMNS[2023] = [name.replace("成份券", "成分券") for name in COLUMNS[2026]]
FOLDER = "/static/html/csindex/public/uploads/file/autofile"


def listed(day, members, year=2026, index="000300"):
    """The cells of a list: `members` is [(code, name, weight)], a weight of None for a list of members alone."""
    lines = []
    for code, name, weight in members:
        if year == 2014:
            lines.append([f"{day}", index, "CSI 300", code, name, "Shanghai", f"{weight:.2f}", "CNY"])
        else:
            exchange = ["上海证券交易所", "Shanghai Stock Exchange"]
            lines.append([f"{day:%Y%m%d}", index, "沪深300", "CSI 300", code, name, "A", *exchange, weight])
    heads = COLUMNS[year]
    if members and members[0][2] is None:
        heads, lines = heads[:-1], [line[:-1] for line in lines]
    return [heads, *lines]


def workbook(lines):
    """The bytes of a workbook of one sheet: the records that Excel 97 begins to read at, and no more."""
    cells = b"".join(_cell(at, column, value) for at, line in enumerate(lines) for column, value in enumerate(line))
    name = b"\x06\x00Sheet1"
    offset = len(_book(5)) + len(_record(0x85, struct.pack("<IH", 0, 0) + name)) + len(_record(0x0A))
    book = _book(5) + _record(0x85, struct.pack("<IH", offset, 0) + name) + _record(0x0A)
    return book + _book(0x10) + cells + _record(0x0A)


def _book(kind):
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 1997, 0, 0x600))


def _cell(row, column, value):
    if isinstance(value, str):
        text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
        return _record(0x204, struct.pack("<HHH", row, column, 0) + text)
    return _record(0x203, struct.pack("<HHHd", row, column, 0, value))


def _record(kind, data=b""):
    return struct.pack("<HH", kind, len(data)) + data


class FakeCsi:
    """`weights` and `members` are what each workbook is, in bytes; `asked` are the paths in order."""

    def __init__(self):
        self.weights, self.members, self.asked = None, None, []

    def answer(self, handler):
        self.asked.append(handler.path)
        kinds = {"closeweight": self.weights, "cons": self.members}
        found = {f"{FOLDER}/{kind}/000300{kind}.xls": body for kind, body in kinds.items()}.get(handler.path)
        send(handler, b"<html>404</html>" if found is None else found, 404 if found is None else 200)
