"""A stand-in for akshare: the names, arguments and frames of akshare 1.19, with invented numbers."""

from types import ModuleType

import pandas as pd


class FakeAkshare:
    """`bars` is {symbol as Sina writes it: {date: close}}; an exception in its place is raised."""

    def __init__(self):
        self.bars, self.weights, self.asked = {}, None, []

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

    def index_stock_cons_weight_csindex(self, symbol):
        self.asked.append(symbol)
        if isinstance(self.weights, Exception):
            raise self.weights
        names = ["日期", "指数代码", "指数名称", "指数英文名称", "成分券代码", "成分券名称", "成分券英文名称"]
        names += ["交易所", "交易所英文名称", "权重"]
        rows = [
            (day, symbol, "沪深300", "CSI 300", code, "甲", "A", "上海证券交易所", "Shanghai Stock Exchange", weight)
            for day, code, weight in self.weights
        ]
        return pd.DataFrame(rows, columns=names)

    def module(self):
        """What `import akshare` gives."""
        module = ModuleType("akshare")
        module.stock_hk_index_daily_sina = self.history
        module.stock_zh_index_daily = self.history
        module.index_stock_cons_weight_csindex = self.index_stock_cons_weight_csindex
        return module
