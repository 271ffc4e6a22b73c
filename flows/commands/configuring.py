"""The command that shows every setting, and warnings of those that do nothing or come from the current folder."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer
from pydantic import Secret

from flows.commands.options import JsonOption, print_json
from warehouse.settings import PREFIX, origins, read_settings, settings_file


def config(as_json: JsonOption = False) -> None:
    """Every setting: its value, with secrets masked, and where it comes from.

    The environment (AFTERCLOSE_LOOKBACK=30) wins over `.env` in the current folder, that over `afterclose.toml` in the
    home (lookback = 30), and that over the default.
    """
    from rich.markup import escape
    from rich.table import Table

    from flows.commands.screens import make_console
    from tasks.known_settings import kinds

    rows: dict[str, dict[str, str]] = {}
    for kind in kinds():
        found, places = read_settings(kind), origins(kind)
        for name in kind.model_fields:
            place = str(places.get(name, "default"))
            shown = _shown(getattr(found, name), is_secret=name in places)  # no default of ours is one
            rows[name] = {"name": PREFIX + name.upper(), "value": shown, "from": place}
    warn_of_unknown()
    if as_json:
        return print_json(list(rows.values()))
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("name", "value", "from"):
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for row in rows.values():
        table.add_row(*(escape(text) for text in row.values()), style=None if row["from"] != "default" else "dim")
    console = make_console()
    console.print(table)
    path = settings_file()
    console.print(f"\n{escape(str(path))} {'is read' if path.exists() else 'is not there: it may set any of these'}")


def _shown(value: Any, is_secret: bool) -> str:
    """A value as text; of a secret no more than the host that it names."""
    if not isinstance(value, Secret):
        return "" if value is None else str(value)
    text = str(value.get_secret_value())
    if not is_secret:
        return text
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "," in text:
        return "***"
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return f"{origin}/***" if parts.path.strip("/") or parts.query or parts.fragment else origin


def unknown() -> list[str]:
    """A line for each name that looks like a setting of ours and is none."""
    from tasks.known_settings import known_names, unknown_names

    lines = []
    for name, place in unknown_names():
        like = get_close_matches(name.lower().removeprefix(PREFIX.lower()), known_names(), 1)
        prefix = PREFIX if name.upper().startswith(PREFIX) else ""
        meant = [prefix + (each.upper() if prefix else each) for each in like]
        hint = f": is {meant[0]} meant?" if meant else ", see `afterclose config`"
        lines.append(f"{name} in {place} is no setting{hint}")
    return lines


def warn_of_unknown() -> None:
    """Say on standard error which settings do nothing."""
    for line in unknown():
        typer.echo(f"afterclose: {line}", err=True)


def warn_of_dotenv() -> None:
    """Say on standard error that the current folder sets something, for few expect it to."""
    path = Path(".env")
    if not path.is_file():
        return
    from warehouse.settings import names_in_dotenv

    if names := names_in_dotenv():
        named = ", ".join(name.upper() for name in names)
        typer.echo(f"afterclose: settings are read from {path.absolute()}: {named}", err=True)
