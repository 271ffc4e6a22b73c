"""Every cost of Afterclose in one run, side by side with what it is measured against: writes docs/performance.md.

`make bench`, or `make bench QUICK=1` for a few minutes with a shorter history and fewer symbols. Prices are invented,
the vendor is a process on loopback. Seconds are of the machine it ran on; ratios carry over.
"""

import argparse
import json
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tests.bench import asking, building, fetching
from tests.bench import market as two_markets
from tests.bench.process import run
from tests.bench.storing import bare_client
from tests.bench.vendor import TODAY, asked, vendor
from tests.shipped import CN
from warehouse.lake.lake import Lake

BEFORE = date(2026, 11, 19)
MARKETS = ("HK", "CN")
LATENCY = 0.15  # seconds, of the fetch alone
ROUNDS = 3  # what two nights differ by is less than what a machine's mood adds to one: the cheapest counts
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


@dataclass(frozen=True)
class Size:
    """How much is measured: years of the longest history, symbols fetched, those for yfinance, lines a day."""

    years: float
    symbols: int
    downloaded: int
    lines: int


FULL, QUICK = Size(18, 400, 400, 8000), Size(1, 100, 20, 1000)


@dataclass
class Found:
    """The rows of the page, and what it says below of what missed its target."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def ratio(
        self, what: str, ours: float, theirs: float, unit: str, target: float | None, least: bool = False
    ) -> bool:
        """A row that compares; whether it met its target (None: none is set)."""
        ratio = ours / theirs if theirs else math.nan
        wanted = "" if target is None else f"{'≥' if least else '≤'} {target:g}"
        is_met = target is None or (ratio >= target if least else ratio <= target)
        shown = f"{ours:.3g} : {theirs:.3g} {unit}"
        self.rows.append((what, shown, f"{ratio:.2f}", wanted if is_met else f"**{wanted}**"))
        print(f"{what}: {shown} = {ratio:.2f} {wanted}{'' if is_met else ' MISSED'}", flush=True)
        return is_met

    def value(self, what: str, value: float, unit: str, target: float | None = None) -> bool:
        """A row of one number."""
        is_met = target is None or value <= target
        wanted = "" if target is None else f"≤ {target:g}"
        self.rows.append((what, f"{value:.3g} {unit}", "", wanted if is_met else f"**{wanted}**"))
        print(f"{what}: {value:.3g} {unit} {wanted}{'' if is_met else ' MISSED'}", flush=True)
        return is_met


def first_day(years: float) -> date:
    """The first session of a history of so many years that ends the evening before."""
    return CN.sessions.between(date.fromordinal(BEFORE.toordinal() - int(365.25 * years)), BEFORE)[0]


@contextmanager
def settings(home: Path, url: str) -> Iterator[dict[str, str]]:
    """The environment of a home whose clock stands in the evening of the day; ours for as long as this lasts."""
    given = {
        "AFTERCLOSE_HOME": str(home),
        "AFTERCLOSE_YAHOO_URL": url,
        "AFTERCLOSE_REQUESTS_PER_SECOND": "10000",
        "AFTERCLOSE_NOW": f"{TODAY}T18:30:00+08:00",
        "PREFECT_LOGGING_LEVEL": "WARNING",
    }
    before = dict(os.environ)
    os.environ.update(given)
    try:
        yield given
    finally:
        os.environ.clear()
        os.environ.update(before)


def spine(*arguments: str) -> dict:
    """A window through the plain spine in a process of its own."""
    done = run([sys.executable, "-m", "tests.bench.spine", *arguments])
    return json.loads(done["said"].splitlines()[-1]) | {"mib": done["mib"], "process_cpu": done["cpu"]}


def fetch(found: Found, size: Size, folder: Path) -> None:
    """Ours beside a bare client, and beside yfinance's own."""
    symbols = sorted(CN.members_on(TODAY) | {spell.symbol for spell in CN.spells})[: size.symbols]
    with vendor(LATENCY) as url:
        fetching.bare(url, symbols[:20])  # imports and the vendor's own preparations
        asked(url)
        bare = fetching.measured(lambda: fetching.bare(url, symbols))
        asked(url)
        ours = fetching.measured(lambda: fetching.ours(url, symbols, folder / "cookies"))
        counts = asked(url)
        few = symbols[: size.downloaded]
        theirs = fetching.measured(lambda: fetching.download(url, few, folder / "zones"))
        scale = len(symbols) / len(few)
    found.ratio("fetch: requests : known symbols", sum(counts.values()), len(symbols), "", 1.0)
    found.ratio("fetch: wall, beside a bare client", ours["wall"], bare["wall"], "s", 1.3)
    found.ratio("fetch: CPU, beside a bare client", ours["cpu"], bare["cpu"], "s", 2.5)
    found.ratio("fetch: wall of `yfinance.download` : ours", scale * theirs["wall"], ours["wall"], "s", 4, least=True)
    found.ratio("fetch: CPU of `yfinance.download` : ours", scale * theirs["cpu"], ours["cpu"], "s", 8, least=True)


def history(found: Found, home: Path, years: float, is_shown: bool) -> int:
    """Fill a home up to the evening before; its rows."""
    rows, cpu, peak = 0, 0.0, 0.0
    for market in MARKETS:
        done = spine("backfill", market, str(first_day(years)), str(BEFORE))
        rows, peak = rows + done["rows"], max(peak, done["mib"])
        cpu += done["cpu"] - done["steps"]["publish"]
        if is_shown:
            print(market, done, flush=True)
    if is_shown:
        with tempfile.TemporaryDirectory() as folder:
            bare = bare_client(os.environ["AFTERCLOSE_YAHOO_URL"], first_day(years), Path(folder))
        found.value("backfill: most memory of a process, publishing too", peak, "MiB", 1536)
        found.ratio(
            "backfill: rows a second of CPU, beside a bare client",
            rows / cpu,
            bare["rows"] / bare["cpu"],
            "rows/s",
            0.5,
            least=True,
        )
    return rows


def night(home: Path, copy: Path) -> dict[str, dict]:
    """The day's evening of both markets in a copy of a home, by market."""
    shutil.rmtree(copy, ignore_errors=True)
    if home.exists():
        shutil.copytree(home, copy)
    os.environ["AFTERCLOSE_HOME"] = str(copy)
    done = {market: spine("night", market, str(TODAY)) for market in MARKETS}
    os.environ["AFTERCLOSE_HOME"] = str(home)
    return done


def cheapest_night(home: Path, copy: Path) -> dict[str, dict]:
    """Of some such evenings the one that took least CPU."""
    return min((night(home, copy) for _ in range(ROUNDS)), key=whole_cpu)


def whole_cpu(done: dict[str, dict]) -> float:
    """CPU seconds of both markets' processes."""
    return sum(each["process_cpu"] for each in done.values())


def publishing(done: dict[str, dict]) -> float:
    """CPU seconds that both markets' publishing took."""
    return sum(each["steps"]["publish"] + each["steps"]["report"] for each in done.values())


def growth(found: Found, size: Size, folder: Path, url: str) -> Path:
    """Nights on histories of one, four and sixteen parts, beside the bare table of each; the home of the longest."""
    empty = cheapest_night(folder / "none", folder / "copy")
    sizes, costs = [], []
    home = folder / "none"
    for parts in (1, 4, 16):
        home = folder / f"home-{parts}"
        with settings(home, url):
            rows = history(found, home, size.years * parts / 16, parts == 16)
            done = cheapest_night(home, folder / "copy")
            sizes.append(rows)
            costs.append(publishing(done))
            found.value(f"night: CPU of publishing both markets on {rows:,} bars", costs[-1], "s")
            touched = files_of_last_night(folder / "copy")
            found.value(f"night: files of the lake written, of {touched[1]}", touched[0], "files")
            if parts < 16:
                continue
            bare = min(building.bare(home / "lake", folder)["cpu"] for _ in range(ROUNDS))
            beyond = whole_cpu(done) - whole_cpu(empty)
            is_met = found.ratio("night: CPU beyond an empty home's : bare table", beyond, bare, "s", 1.0)
            copied = building.copied(home / "warehouse.duckdb", folder)
            found.value("night: CPU of one copy of the file; both markets' publishing makes two", copied["cpu"], "s")
            whole, statements = building.whole(home / "lake", folder)
            is_met &= found.ratio("build: CPU of a whole one : bare table", whole["cpu"], bare, "s", 4.0)
            if not is_met:
                found.notes += [f"The statements of a whole build ({whole['cpu']:.1f} s of CPU) that took most:", ""]
                found.notes += [f"* {seconds:.1f} s `{first}`" for first, seconds in statements]
                steps = {
                    market: {name: round(cpu, 2) for name, cpu in each["steps"].items()}
                    for market, each in done.items()
                }
                found.notes += ["", f"CPU seconds of a night's steps on the longest history: `{steps}`."]
    slope = math.log(costs[-1] / costs[0]) / math.log(sizes[-1] / sizes[0])
    found.value("night: exponent of publishing's growth with history", slope, "", 0.3)
    return home


def files_of_last_night(home: Path) -> tuple[int, int]:
    """How many files of the lake a night's commits wrote, and how many there are."""
    manifest = Lake(home / "lake").manifest()
    before = max(entry.commit for name, entry in manifest.files.items() if f"year={TODAY.year}" not in name)
    return sum(entry.commit > before for entry in manifest.files.values()), len(manifest.files)


def questions(found: Found, home: Path) -> None:
    """What asking costs."""
    for name, (ours, rows) in asking.warm(home / "warehouse.duckdb", BEFORE).items():
        beside = "" if math.isnan(rows) else f"; its rows alone {rows:.2g} ms"
        found.value(f"asking: {name}{beside}", ours, "ms", 1000 if math.isnan(rows) else 10)
    cold = asking.cold(BEFORE)
    for name in ("wrap", "status", "sql"):
        found.ratio(f"cold start: CPU of `{name}` : `import duckdb`", cold[name], cold["import duckdb"], "s", 3.0)


def questions_of_markets(found: Found, size: Size, home: Path) -> None:
    """What asking costs of two whole markets, of which a year of official evenings is there."""
    two_markets.fill(home, size.lines, 1)
    two_markets.whole(home)
    for name, milliseconds in two_markets.asked(home).items():
        found.value(f"asking, {size.lines:,} lines of both markets: {name}", milliseconds, "ms")


def prefects(found: Found, home: Path, copy: Path) -> None:
    """What a scheduler costs beside the evening itself."""
    plain = night(home, copy)
    shutil.rmtree(copy)
    shutil.copytree(home, copy)
    os.environ["AFTERCLOSE_HOME"] = str(copy)
    command = [str(Path(sys.executable).with_name("afterclose")), "nightly", "--market"]
    run([*command, "HK"])  # makes Prefect's database
    flow = run([*command, "CN"])
    again = run([*command, "all"])
    start = run([sys.executable, "-c", "from flows.commands import running; import tasks.plan, tasks.verdict"])
    os.environ["AFTERCLOSE_HOME"] = str(home)
    own = plain["CN"]["process_cpu"]
    found.value(
        "Prefect: its share of the CPU of a night on a short history", 100 * (flow["cpu"] - own) / flow["cpu"], "%"
    )
    found.value("Prefect: its CPU in a night, server too", flow["cpu"] - own, "s")
    found.value("night with nothing owed: CPU beyond the imports", again["cpu"] - start["cpu"], "s", 2.0)


def page(found: Found, size: Size, seconds: float, load: float) -> str:
    """The page, as Markdown."""
    kind = "shorter (`make bench QUICK=1`)" if size is QUICK else "whole (`make bench`)"
    head = [
        "# What it costs",
        "",
        f"Written by `make bench` on {date.today()}: the {kind} run, {seconds / 60:.0f} minutes on",
        f"{os.cpu_count()} cores with a load average of {load:.1f} before it. Prices are invented and the vendor is a",
        f"process on loopback, {1e3 * LATENCY:.0f} ms away in the fetch; the longest history has {size.years:g} years.",
        "Only ratios carry over to another machine, and on a busy one those of CPU are worth more than those of wall.",
        f"Of {ROUNDS} nights, and of {ROUNDS} bare tables, the one that took least CPU is written down.",
        "A target in bold was missed. Counts are held by tests, times by none.",
        "",
        "| what | ours : beside | ratio | target |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in found.rows), "", *found.notes]).rstrip() + "\n"


def main() -> None:
    """Measure all, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a shorter history and fewer symbols")
    size = QUICK if parser.parse_args().quick else FULL
    found, start, load = Found(), time.perf_counter(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fetch(found, size, folder)
        with vendor(0.0) as url, settings(folder / "none", url):
            longest = growth(found, size, folder, url)
            with settings(longest, url):
                questions(found, longest)
            questions_of_markets(found, size, folder / "market")
            with settings(folder / "home-1", url):
                prefects(found, folder / "home-1", folder / "copy")
    PAGE.write_text(page(found, size, time.perf_counter() - start, load), encoding="utf-8")


if __name__ == "__main__":
    main()
