"""Every vendor by its name: the modules of this folder, and those that other packages declare as entry points.

A package adds one with an entry point of the group `afterclose.sources`, whose name is the vendor's and whose value is
a `Vendor`, and an official source, which answers for a whole evening, with one of `afterclose.official_sources`, an
`OfficialVendor`. It is imported only when it is named.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeVar

from tasks.sources import FillSource, OfficialSource, OfficialVendor, Source, Vendor
from tasks.sources._official import TermsSettings, check_terms
from warehouse.errors import AftercloseError, UsageError
from warehouse.facts.market import Market
from warehouse.settings import Settings, names_in, read_settings

GROUP, OFFICIAL_GROUP = "afterclose.sources", "afterclose.official_sources"
LOCAL, LOCAL_RANK = "local", 1000  # what a person says himself: no vendor replaces it
OFFICIAL = frozenset({"baostock", "hkex"})  # the modules with an `OFFICIAL` in place of a `VENDOR`
OFFICIAL_RANK = 500  # of an adjustment that one proves: no history that a vendor rebased replaces it

Declared = TypeVar("Declared", Vendor, OfficialVendor)
Ready = TypeVar("Ready", Source, OfficialSource)


def vendor_names() -> list[str]:
    """Every name that there is."""
    return sorted(_ours() | {point.name for point in entry_points(group=GROUP)})


def vendor_named(name: str) -> Vendor:
    """The vendor of that name; raises `UsageError` for a name that is none, `AftercloseError` for a rank of others."""
    if name in _ours():
        ours: Vendor = import_module(f"tasks.sources.{name}").VENDOR
        return ours
    theirs = _theirs(GROUP, name, Vendor)
    if theirs is None:
        raise UsageError(f"no source {name!r}: use one of {', '.join(vendor_names())}")
    ranks = {vendor_named(ours).rank for ours in _ours()}
    if theirs.rank in ranks or theirs.rank >= OFFICIAL_RANK:
        raise AftercloseError(
            f"the source {name!r} has the rank {theirs.rank}: give it one below {OFFICIAL_RANK} that none of ours has "
            f"({', '.join(map(str, sorted(ranks)))}), or nobody knows whose bar replaces whose"
        )
    return theirs


def official_names() -> list[str]:
    """Every name of an official source that there is."""
    return sorted(OFFICIAL | {point.name for point in entry_points(group=OFFICIAL_GROUP)} - {LOCAL, *vendor_names()})


def is_official(name: str) -> bool:
    """Whether it is the name of an official source; nothing is imported."""
    return name in OFFICIAL or (name not in _ours() and name in official_names())


def official_among(sources: Iterable[str]) -> set[str]:
    """Those of the names that are of official sources."""
    return {source for source in set(sources) if is_official(source)}


def official_named(name: str) -> OfficialVendor:
    """The official source of that name; raises `UsageError` for a name that is none."""
    if name in OFFICIAL:
        ours: OfficialVendor = import_module(f"tasks.sources.{name}").OFFICIAL
        return ours
    theirs = _theirs(OFFICIAL_GROUP, name, OfficialVendor) if is_official(name) else None
    if theirs is None:
        raise UsageError(f"no official source {name!r}: use one of {', '.join(official_names())}")
    return theirs


def rank_of(name: str) -> int:
    """The rank of a stored bar's source; raises `AftercloseError` for one that nothing installed knows."""
    if name == LOCAL:
        return LOCAL_RANK
    if is_official(name):
        return OFFICIAL_RANK
    try:
        return vendor_named(name).rank
    except UsageError:
        raise AftercloseError(
            f"the lake has bars of the source {name!r}, which nothing installed knows: install its package again"
        ) from None


def refuse_unknown(settings: Settings) -> None:
    """Raise `UsageError` for a setting that names no vendor, `AftercloseError` for two vendors of one rank."""
    vendors = [_chosen("AFTERCLOSE_SOURCE", settings.source)]
    for name in settings.fill_chain:
        vendors.append(_filling(name, settings))
        if vendors[-1].rank in [vendor.rank for vendor in vendors[:-1]]:
            raise AftercloseError(
                f"the source {name} has the rank {vendors[-1].rank} of another that is named: nobody knows whose bar "
                "replaces whose"
            )
    _check_terms(_official(settings))


def make_source(settings: Settings, market: Market) -> Source:
    """The vendor that `AFTERCLOSE_SOURCE` names; raises `UsageError` when it cannot be asked."""
    vendor = _chosen("AFTERCLOSE_SOURCE", settings.source)
    if not vendor.has_stocks:
        raise UsageError(f"AFTERCLOSE_SOURCE: {vendor.name} can be asked for indices only")
    if not vendor.has_events:
        raise UsageError(f"AFTERCLOSE_SOURCE: {vendor.name} tells of no split and no dividend: it can only be second")
    return _made(vendor.name, vendor.make, settings, market)


def make_fill_sources(settings: Settings, market: Market, first: Source) -> list[FillSource]:
    """The vendors to ask in turn for what `first` lacks; raises `UsageError` for one that cannot be.

    Invented prices are filled by nobody. Where `first` was sent elsewhere than to its home, as in a replay, only those
    are asked that were, too.
    """
    if settings.source == "simulated":
        return []
    is_replay = is_sent_elsewhere(vendor_named(settings.source), first)
    fillers = []
    for name in settings.fill_chain:
        vendor = _filling(name, settings)
        source = _made(vendor.name, vendor.make, settings, market)
        if not is_replay or is_sent_elsewhere(vendor, source):
            fillers.append(FillSource(source, vendor.has_stocks))
    return fillers


def is_sent_elsewhere(vendor: Vendor | OfficialVendor, source: Source | OfficialSource) -> bool:
    """Whether a source of the vendor was told to ask at another address than the vendor's own."""
    return vendor.home_address is not None and source.address != vendor.home_address


def _filling(name: str, settings: Settings) -> Vendor:
    setting = "AFTERCLOSE_SECOND_SOURCE" if name == settings.second_source else "AFTERCLOSE_FILL_SOURCES"
    vendor = _chosen(setting, name)
    if name in (settings.source, "simulated"):
        raise UsageError(f"{setting}: {name} cannot fill what {settings.source} lacks")
    return vendor


def make_official(settings: Settings, market: Market) -> list[tuple[OfficialVendor, OfficialSource]]:
    """The official sources of a market that the settings name; raises `UsageError` for one that may not be asked.

    The simulated market asks nobody, and a replay nobody who was not sent elsewhere too.
    """
    vendors = [vendor for vendor in _official(settings) if vendor.market == market.code]
    if settings.source == "simulated" or not vendors:
        return []
    _check_terms(vendors)
    made = [(vendor, _made(vendor.name, vendor.make, settings, market)) for vendor in vendors]
    first = vendor_named(settings.source)
    is_replay = is_sent_elsewhere(first, _made(first.name, first.make, settings, market))
    return [(vendor, source) for vendor, source in made if not is_replay or is_sent_elsewhere(vendor, source)]


def _made(name: str, make: Callable[[Settings, Market], Ready], settings: Settings, market: Market) -> Ready:
    try:
        source = make(settings, market)
        its_name = source.name
    except AftercloseError:
        raise
    except Exception as problem:  # as where it is loaded: what another package does is told in one line
        raise AftercloseError(f"the source {name} cannot be made: {type(problem).__name__}: {problem}") from problem
    # Bars are stored under the name that it has itself, and nobody would know its rank.
    if its_name != name:
        raise AftercloseError(f"the source {name} calls itself {its_name!r}: nothing is asked of it until both are one")
    return source


def _check_terms(vendors: Iterable[OfficialVendor]) -> None:
    """Raise `UsageError` for one whose terms are not accepted, whether or not its own `make` would."""
    terms = read_settings(TermsSettings)
    for vendor in vendors:
        check_terms(vendor.name, terms)


def _official(settings: Settings) -> list[OfficialVendor]:
    try:
        return [official_named(name) for name in names_in(settings.official_sources)]
    except UsageError as problem:
        raise UsageError(f"AFTERCLOSE_OFFICIAL_SOURCES: {problem}") from None


def _chosen(setting: str, name: str) -> Vendor:
    try:
        return vendor_named(name)
    except UsageError as problem:
        raise UsageError(f"{setting}: {problem}") from None


def _theirs(group: str, name: str, kind: type[Declared]) -> Declared | None:
    for point in entry_points(group=group, name=name):
        try:
            found = point.load()
        except Exception as problem:  # a package of somebody else, which may stumble in any way
            raise AftercloseError(f"the source {name!r} of {point.value} cannot be loaded: {problem}") from problem
        # What it gave is stored under the name that it has itself, and is looked for under that.
        if not isinstance(found, kind) or found.name != name:
            raise AftercloseError(f"the source {name!r} of {point.value} is no {kind.__name__} of that name")
        return found
    return None


def _ours() -> set[str]:
    modules = {path.stem for path in Path(__file__).parent.glob("[!_]*.py")}
    return modules - {"registry"} - OFFICIAL
