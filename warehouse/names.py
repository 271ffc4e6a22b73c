"""Which index a person means."""


def means(asked: str, symbol: str, code: str, name: str) -> bool:
    """Whether `asked` is the index's symbol, code or name; only letters and digits count, in any case.

    'HSI', '^HSI', 'hang seng index', 'csi300', 'CSI 300', '000300.SS' and '000300' are all good.
    """
    known = (symbol, symbol.split(".")[0], code, name, name.removesuffix(" Index"))
    return _plain(asked) in {_plain(text) for text in known}


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
