"""A stand-in for akshare: the names, arguments and frames of akshare 1.19, with invented numbers."""

from types import ModuleType

import pandas as pd


class FakeAkshare:
    """`bars` is {symbol as Sina writes it: {date: close}}; an exception in its place is raised."""

    def __init__(self):
        self.bars, self.asked = {}, []

    def history(self, symbol):
        self.asked.append(symbol)
        found = self.bars.get(symbol, {})
        if isinstance(found, Exception):
            raise found
        rows = [
            {"date": day, "open": close, "high": close + 9, "low": close - 9, "close": close, "volume": 1_234_567_890}
            for day, close in found.items()
        ]
        return pd.DataFrame(rows)  # akshare decodes what it does not understand to a frame without columns

    def module(self):
        """What `import akshare` gives."""
        module = ModuleType("akshare")
        module.stock_hk_index_daily_sina = self.history
        module.stock_zh_index_daily = self.history
        return module
