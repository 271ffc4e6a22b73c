"""The command that keeps running: `serve`."""

from warehouse.settings import load_settings


def serve() -> None:
    """The nightly schedules in this process, on one machine, with a Prefect server of its own beside it."""
    from flows.running.preparing import prepare_prefect

    prepare_prefect(load_settings(), joins=False)
    from flows.running.serving import prefect_server, serve_planned

    with prefect_server():
        serve_planned()
