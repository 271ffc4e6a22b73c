"""China Securities Index, through akshare (the extra `china`): the weights that it publishes of an index's members."""

from typing import Any

from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.universe import Index

PUBLISHER = "China Securities Index, published closing weights"


def published_weights(index: Index) -> list[dict[str, Any]]:
    """The last published weights of one mainland index, a member each, with the columns of a file of weights.

    trade_date (the day whose close they are of), symbol, weight (percent), source. Raises `UsageError` when akshare is
    not installed and `AftercloseError` when the answer cannot be had or read.
    """
    try:
        import akshare
    except ImportError:
        raise UsageError("CSI's weights need akshare: pip install 'afterclose[china]'") from None
    try:
        found = akshare.index_stock_cons_weight_csindex(symbol=index.symbol.split(".")[0])
        rows = zip(found["日期"], found["成分券代码"], found["权重"], strict=True)
    except Exception as problem:  # akshare reads whatever comes as a workbook
        raise AftercloseError(
            f"CSI's weights of the {index.name} could not be had ({type(problem).__name__}: {problem}); try again later"
        ) from problem
    return [
        {
            "trade_date": day,
            "symbol": f"{code}.SS" if code.startswith("6") else f"{code}.SZ",
            "weight": weight,
            "source": PUBLISHER,
        }
        for day, code, weight in rows
    ]
