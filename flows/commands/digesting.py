"""The evening as a message: the command `digest`, and what a night sends."""

from typing import Annotated

import typer

from flows.commands.asking import day_with_page
from flows.commands.options import asking
from warehouse.errors import UsageError
from warehouse.plain import plain_error
from warehouse.settings import Settings, load_settings


def digest(
    day: Annotated[str | None, typer.Argument(help="The day, as 2022-05-17; the last one if left out.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the message and send nothing.")] = False,
) -> None:
    """The evening as a message to the channels of AFTERCLOSE_DIGEST_URLS.

    Nights send it by themselves. This sends the evening of a day, however old, to the channels that have not got it,
    and what changed of it since to those that have. With --dry-run it shows the evening's message
    in the length that each channel takes.
    """
    settings = load_settings()
    with asking() as connection:
        date = day_with_page(connection, day)
    from tasks.channels import channels_of
    from tasks.digest import send_due
    from tasks.messages import evening_message
    from warehouse.facts.opening import load_facts

    channels = channels_of(settings)
    whole = evening_message(settings, date)
    if dry_run:
        names: dict[str, list[str]] = {}
        for channel in channels:
            message = evening_message(settings, date, channel.fits)
            names.setdefault(f"{message.title}\n\n{message.text}".strip(), []).append(channel.name)
        to_nobody = {f"{whole.title}\n\n{whole.text}".strip(): ["nobody: AFTERCLOSE_DIGEST_URLS is empty"]}
        for text, to in (names or to_nobody).items():
            typer.secho(f"to {', '.join(to)}", dim=True, err=True)
            typer.echo(text)
        return
    if not channels:
        raise UsageError("nobody is to be told: set AFTERCLOSE_DIGEST_URLS, or look at it with --dry-run")
    sent = list(send_due(settings, load_facts(settings), date))
    for each in sent:
        typer.echo(plain_error(str(each)))
    if not sent:
        typer.echo(f"nothing is due: every channel has the evening of {date} as it is")
    if any(each.refusal for each in sent):
        raise typer.Exit(1)


def refuse_wrong_channels(settings: Settings) -> None:
    """Refuse an address that is none before a night begins; raises `UsageError`."""
    if settings.digest_urls.get_secret_value():
        from tasks.channels import channels_of

        channels_of(settings)


def tell(settings: Settings) -> None:
    """Send what is due of the evenings of all markets, and say what went out; nothing of it fails a night."""
    if not settings.digest_urls.get_secret_value():
        return
    from tasks.digest import send_digest

    send_digest(settings, lambda _, line: typer.echo(plain_error(line), err=True))
