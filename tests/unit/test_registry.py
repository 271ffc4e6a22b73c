"""Which vendors there are, how one is chosen, and that another package can bring one."""

import sys
from datetime import date
from pathlib import Path

import pytest

from tasks.known_settings import known_names
from tasks.sources import registry
from tasks.sources.registry import (
    LOCAL,
    OFFICIAL,
    OFFICIAL_RANK,
    make_fill_sources,
    make_official,
    make_source,
    official_named,
    rank_of,
    refuse_unknown,
    vendor_named,
    vendor_names,
)
from tests.modules import declared
from tests.shipped import CN, HK
from warehouse.bars.answers import Request
from warehouse.errors import AftercloseError, UsageError
from warehouse.settings import load_settings

THEIRS = """
from datetime import UTC, datetime, time

from tasks.sources import OfficialVendor, Vendor
from warehouse.bars.answers import Answer
from warehouse.settings import FromEnvironment


class TheirSettings(FromEnvironment):
    their_pace: float = 1.0


class Theirs:
    address = "here"

    def __init__(self, settings, market, name="theirs"):
        self.market, self.name = market, name

    def ask(self, request):
        return Answer(request.symbol, "no data", datetime(2022, 5, 17, tzinfo=UTC), f"invented for {self.market.code}")


VENDOR = Vendor("theirs", 6, Theirs)
def called(name):
    return lambda settings, market: Theirs(settings, market, name)


EXCHANGE = OfficialVendor(
    "their_exchange", "CN", ("all",), "exchange", time(17), called("their_exchange"), None, "here", TheirSettings
)
INDICES = Vendor("their_indices", 8, called("their_indices"), has_stocks=False)
SAME = Vendor("their_same", 6, called("their_same"))
MISCALLED = Vendor("their_miscalled", 9, Theirs)
EQUAL = Vendor("their_equal", 10, Theirs)
HIGHEST = Vendor("their_highest", 1000, Theirs)
BROKEN = Vendor("their_broken", 9, lambda settings, market: open("/nowhere/their.csv"))
"""


@pytest.fixture
def choose(home, monkeypatch):
    """The settings with these sources."""

    def settings(**sources):
        for name, source in sources.items():
            monkeypatch.setenv(f"AFTERCLOSE_{name.upper()}", source)
        return load_settings()

    return settings


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package of somebody else, with vendors among its entry points; the name of its module."""
    found = tmp_path / "site"
    information = found / "theirs-1.0.dist-info"
    information.mkdir(parents=True)
    (found / "vendor_of_theirs.py").write_text(THEIRS)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[afterclose.sources]\n"
        "theirs = vendor_of_theirs:VENDOR\n"
        "their_indices = vendor_of_theirs:INDICES\n"
        "their_broken = vendor_of_theirs:BROKEN\n"
        "their_same = vendor_of_theirs:SAME\n"
        "their_miscalled = vendor_of_theirs:MISCALLED\n"
        "yahoo = vendor_of_theirs:VENDOR\n"
        "[afterclose.official_sources]\n"
        "their_exchange = vendor_of_theirs:EXCHANGE\n"
        "yahoo = vendor_of_theirs:EXCHANGE\n"
        "theirs = vendor_of_theirs:EXCHANGE\n"
    )
    monkeypatch.syspath_prepend(str(found))
    yield "vendor_of_theirs"
    sys.modules.pop("vendor_of_theirs", None)


def test_a_vendor_of_ours_has_the_name_that_it_is_found_by_and_the_rank_of_its_bars():
    ranks = {name: rank_of(name) for name in vendor_names()}
    assert {name: (vendor_named(name).name, vendor_named(name).rank) for name in ranks} == {
        name: (name, rank) for name, rank in ranks.items()
    }
    assert ranks.items() >= {"simulated": 0, "sina": 5, "tencent": 7, "yahoo": 10}.items()
    assert rank_of(LOCAL) > max(map(rank_of, OFFICIAL)) > max(ranks.values())
    assert len(set(ranks.values())) == len(ranks), "two vendors of one rank: whose bar replaces the other's?"


def test_every_module_of_the_folder_that_declares_a_source_is_named_in_the_registry():
    assert declared() == {"VENDOR": set(vendor_names()), "OFFICIAL": registry.OFFICIAL}
    assert declared()["VENDOR"] >= {"simulated", "sina", "tencent", "yahoo"}


def test_an_official_source_is_no_vendor_of_bars_and_an_unknown_one_is_refused():
    assert official_named("hkex").name == "hkex"
    with pytest.raises(UsageError, match=r"^no official source 'yahoo': use one of baostock, hkex$"):
        official_named("yahoo")
    with pytest.raises(UsageError, match="no source 'hkex'"):
        vendor_named("hkex")


def test_an_unknown_source_is_refused_by_the_name_of_its_setting(choose):
    known = f"no source 'bloomberg': use one of {', '.join(sorted(declared()['VENDOR']))}"
    with pytest.raises(UsageError) as refused:
        make_source(choose(source="bloomberg"), HK)
    assert (str(refused.value), refused.value.exit_code) == (f"AFTERCLOSE_SOURCE: {known}", 2)
    with pytest.raises(UsageError) as refused:
        refuse_unknown(choose(source="yahoo", fill_sources="tencent bloomberg"))
    assert str(refused.value) == f"AFTERCLOSE_FILL_SOURCES: {known}"


def test_a_stored_bar_of_a_source_that_nothing_knows_is_told_by_its_name():
    with pytest.raises(
        AftercloseError, match=r"'bloomberg', which nothing installed knows: install its package"
    ) as told:
        rank_of("bloomberg")
    assert told.value.exit_code == 1


def test_a_source_of_another_package_that_cannot_be_made_is_told_in_one_line(choose, package):
    why = r"^the source their_broken cannot be made: FileNotFoundError: .*No such file or directory: '/nowhere/their\."
    with pytest.raises(AftercloseError, match=why):
        make_source(choose(source="their_broken"), HK)
    settings = choose(source="yahoo", fill_sources="their_broken")
    with pytest.raises(AftercloseError, match=why):
        make_fill_sources(settings, HK, make_source(settings, HK))


def test_the_source_that_is_named_is_made(choose):
    assert make_source(choose(source="simulated"), HK).name == "simulated"
    assert make_source(choose(source="yahoo"), HK).name == "yahoo"


def test_a_wrong_setting_of_a_vendor_is_refused_by_its_name_when_the_vendor_is_wanted(choose):
    settings = choose(source="yahoo", yahoo_url="not a url")
    with pytest.raises(UsageError, match=r"^AFTERCLOSE_YAHOO_URL is not valid"):
        make_source(settings, HK)
    assert make_source(choose(source="simulated"), HK).name == "simulated"


def test_a_vendors_own_address_can_be_told_from_its_home(choose):
    vendor = vendor_named("tencent")
    assert vendor.make(choose(), HK).address == vendor.home_address == "https://web.ifzq.gtimg.cn"
    assert vendor.make(choose(tencent_url="http://127.0.0.1:9/mirror"), HK).address == "http://127.0.0.1:9/mirror"


def test_a_vendor_that_has_no_stocks_is_no_first_source(choose, package):
    for source in ("sina", "their_indices"):
        with pytest.raises(UsageError, match=rf"^AFTERCLOSE_SOURCE: {source} can be asked for indices only$"):
            make_source(choose(source=source), HK)


def test_a_vendor_that_tells_of_no_events_is_no_first_source(choose):
    with pytest.raises(UsageError, match=r"^AFTERCLOSE_SOURCE: tencent tells of no split and no dividend"):
        make_source(choose(source="tencent"), HK)
    assert chain(choose(source="yahoo")) == ["tencent"]


def chain(settings):
    return [filler.source.name for filler in make_fill_sources(settings, HK, make_source(settings, HK))]


def test_who_fills_is_asked_in_the_order_that_it_is_named_and_nobody_where_nobody_is(choose, akshare):
    assert chain(choose(source="yahoo", fill_sources="sina, Tencent,sina")) == ["sina", "tencent"]
    assert chain(choose(source="yahoo", fill_sources="")) == []


def test_the_setting_of_before_names_the_last_of_the_chain(choose, akshare):
    assert chain(choose(source="yahoo", second_source="sina")) == ["tencent", "sina"]
    assert chain(choose(source="yahoo", second_source="tencent")) == ["tencent"]
    with pytest.raises(UsageError, match=r"^AFTERCLOSE_SECOND_SOURCE: no source 'bloomberg'"):
        refuse_unknown(choose(source="yahoo", second_source="bloomberg"))


def test_who_has_no_stocks_fills_indices_alone(choose, akshare):
    settings = choose(source="yahoo", fill_sources="sina,tencent")
    fillers = make_fill_sources(settings, HK, make_source(settings, HK))
    assert [filler.has_stocks for filler in fillers] == [False, True]


def test_invented_prices_are_filled_by_nobody_and_fill_nothing(choose):
    assert chain(choose(source="simulated")) == []
    with pytest.raises(UsageError, match=r"^AFTERCLOSE_FILL_SOURCES: simulated cannot fill what yahoo lacks$"):
        refuse_unknown(choose(source="yahoo", fill_sources="simulated"))


def test_the_first_source_does_not_fill_what_it_lacks_itself(choose):
    with pytest.raises(UsageError, match=r"^AFTERCLOSE_FILL_SOURCES: yahoo cannot fill"):
        refuse_unknown(choose(source="yahoo", fill_sources="yahoo"))


def test_who_needs_a_package_that_is_not_there_is_refused_with_its_name(choose, monkeypatch):
    monkeypatch.setitem(sys.modules, "akshare", None)
    with pytest.raises(UsageError, match=r"pip install '\.\[china\]'"):
        chain(choose(source="yahoo", fill_sources="sina"))


def test_a_replay_asks_nobody_at_home(choose, akshare):
    replay = {"source": "yahoo", "yahoo_url": "http://127.0.0.1:9", "fill_sources": "tencent,sina"}
    assert chain(choose(**replay)) == []
    assert chain(choose(**replay, tencent_url="http://127.0.0.1:9/mirror")) == ["tencent"]


def test_a_vendor_in_another_package_is_found_and_is_imported_only_when_it_is_named(choose, package):
    theirs = {"their_broken", "their_indices", "their_miscalled", "their_same", "theirs"}
    assert vendor_names() == sorted({*declared()["VENDOR"], *theirs})
    assert (rank_of("yahoo"), make_source(choose(source="simulated"), HK).name) == (10, "simulated")
    assert package not in sys.modules
    source = make_source(choose(source="theirs"), HK)
    assert package in sys.modules
    assert (source.name, rank_of("theirs")) == ("theirs", 6)
    assert source.ask(Request("0700.HK", date(2022, 5, 17))).detail == "invented for HK"


def test_another_package_can_bring_who_fills(choose, package):
    assert chain(choose(source="yahoo", fill_sources="their_indices")) == ["their_indices"]


def test_a_source_that_calls_itself_otherwise_than_its_vendor_is_asked_for_nothing(choose, package):
    with pytest.raises(AftercloseError, match=r"^the source their_miscalled calls itself 'theirs': nothing is asked"):
        make_source(choose(source="their_miscalled"), HK)


def test_two_vendors_of_one_rank_are_not_asked_together(choose, package):
    with pytest.raises(AftercloseError, match=r"^the source their_same has the rank 6 of another that is named"):
        refuse_unknown(choose(source="theirs", fill_sources="tencent,their_same"))


def test_another_package_can_bring_an_official_source(choose, package):
    named = {"source": "theirs", "official_sources": "their_exchange"}
    for ask in (refuse_unknown, lambda settings: make_official(settings, CN)):
        with pytest.raises(UsageError, match="add their_exchange to AFTERCLOSE_TERMS_ACCEPTED"):
            ask(choose(**named))
    settings = choose(**named, terms_accepted="their_exchange")
    refuse_unknown(settings)
    assert [vendor.name for vendor, _ in make_official(settings, CN)] == ["their_exchange"]
    assert make_official(settings, HK) == []
    assert rank_of("their_exchange") == OFFICIAL_RANK
    assert "their_pace" in known_names()
    with pytest.raises(UsageError, match=r"use one of baostock, hkex, their_exchange$"):
        official_named("bloomberg")
    assert (rank_of("yahoo"), rank_of("theirs")) == (10, 6), "no package makes a vendor an official source"


@pytest.mark.parametrize("declared_as", ["misnamed = vendor_of_theirs:EXCHANGE", "misnamed = vendor_of_theirs:Theirs"])
@pytest.mark.parametrize(
    ("group", "kind"), [("afterclose.official_sources", "OfficialVendor"), ("afterclose.sources", "Vendor")]
)
def test_an_entry_point_that_is_no_source_of_its_name_is_refused(choose, package, declared_as, group, kind):
    (points,) = Path(sys.path[0]).glob("*/entry_points.txt")
    points.write_text(f"[{group}]\n{declared_as}\n")
    which = {"Vendor": {"source": "misnamed"}, "OfficialVendor": {"official_sources": "misnamed"}}[kind]
    with pytest.raises(AftercloseError, match=rf"'misnamed' of vendor_of_theirs:\w+ is no {kind} of that name"):
        refuse_unknown(choose(**{"source": "simulated"} | which))
    assert "lookback" in known_names()


@pytest.mark.parametrize(("name", "rank"), [("EQUAL", 10), ("HIGHEST", 1000)])
def test_a_vendor_of_another_package_with_a_rank_of_ours_is_refused(choose, package, name, rank):
    (points,) = Path(sys.path[0]).glob("*/entry_points.txt")
    points.write_text(f"[afterclose.sources]\ntheir_{name.lower()} = {package}:{name}\n")
    with pytest.raises(
        AftercloseError, match=rf"has the rank {rank}: give it one below 500 that none of ours has \(0, 5, 7, 10\)"
    ):
        refuse_unknown(choose(source=f"their_{name.lower()}"))


def test_another_package_does_not_take_the_name_of_one_of_ours(package):
    assert (vendor_named("yahoo").name, vendor_named("yahoo").rank) == ("yahoo", 10)
    assert package not in sys.modules
