import os
from datetime import UTC, datetime
from inspect import isclass
from pathlib import Path

import pytest

from tasks.sources.baostock import BaostockSettings
from tasks.sources.tencent import TencentSettings
from tests.modules import reaching
from tests.shipped import FACTS
from warehouse.errors import UsageError
from warehouse.settings import Address, FromEnvironment, Settings, load_settings, origins, read_settings

REACHING = reaching()
ADDRESSES = {  # every setting that is an address, with its kind
    name: kind
    for module in REACHING
    for kind in vars(module).values()
    if isclass(kind) and issubclass(kind, FromEnvironment)
    for name, field in kind.model_fields.items()
    if field.annotation in (Address, Address | None)
}
SOURCES = [vars(module).get("VENDOR") or vars(module).get("OFFICIAL") for module in REACHING]


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "LAKE", "SOURCE", "CONCURRENCY", "LOOKBACK", "SETTLE_MINUTES", "LOCK_WAIT", "NOW"):
        monkeypatch.delenv(f"AFTERCLOSE_{name}", raising=False)


@pytest.mark.parametrize("value", ["0", "65", "-1", "many", "2.5", ""])
def test_a_wrong_concurrency_is_refused_by_its_name(monkeypatch, value):
    monkeypatch.setenv("AFTERCLOSE_CONCURRENCY", value)
    with pytest.raises(UsageError, match=r"^AFTERCLOSE_CONCURRENCY is not valid") as refused:
        load_settings()
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REQUESTS_PER_SECOND", "0"),
        ("REQUESTS_PER_SECOND", "nan"),
        ("REQUESTS_PER_SECOND", "1e-300"),
        ("SETTLE_MINUTES", "99999999999"),
        ("RAW_KEEP_DAYS", "1000000"),  # from a clock of today that is before the year 1
        ("WAIT_MINUTES", "99999999999"),
        ("HOME", ""),
        ("LAKE", ""),
        ("LAKE", " "),
        ("LOOKBACK", "0"),
        ("SETTLE_MINUTES", "-1"),
        ("LOCK_WAIT", "-0.1"),
        ("CONSTITUENTS_URL", "not a url"),
    ],
)
def test_every_wrong_value_is_refused_by_its_name(monkeypatch, name, value):
    monkeypatch.setenv(f"AFTERCLOSE_{name}", value)
    with pytest.raises(UsageError, match=rf"^AFTERCLOSE_{name} is not valid"):
        load_settings()


def test_a_moment_without_zone_is_refused(monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-17T20:00:00")
    with pytest.raises(UsageError, match=r"^AFTERCLOSE_NOW is not valid"):
        load_settings()


def test_a_moment_with_a_zone_is_the_clock_in_utc(monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_NOW", "2022-05-17T20:00:00+08:00")
    now = load_settings().clock()
    assert now == datetime(2022, 5, 17, 12, 0, tzinfo=UTC)
    assert now.isoformat() == "2022-05-17T12:00:00+00:00"


def test_the_limits_themselves_are_allowed(monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_CONCURRENCY", "64")
    monkeypatch.setenv("AFTERCLOSE_SETTLE_MINUTES", "0")
    monkeypatch.setenv("AFTERCLOSE_LOCK_WAIT", "0")
    settings = load_settings()
    assert (settings.concurrency, settings.settle_minutes, settings.lock_wait) == (64, 0, 0.0)


def test_nothing_set_means_the_documented_defaults():
    settings = load_settings()
    assert (settings.source, settings.concurrency, settings.lookback) == ("yahoo", 8, 60)
    assert (settings.settle_minutes, settings.lock_wait, settings.now) == (30, 600.0, None)


def test_everything_is_kept_under_home(monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_HOME", "/data/afterclose")
    settings = load_settings()
    assert settings.lake_path == Path("/data/afterclose/lake")
    assert settings.database_path == Path("/data/afterclose/warehouse.duckdb")
    assert settings.staging_path == Path("/data/afterclose/staging")


def test_the_lake_can_be_kept_elsewhere(monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_HOME", "/data/afterclose")
    monkeypatch.setenv("AFTERCLOSE_LAKE", "/big/lake")
    settings = load_settings()
    assert settings.lake_path == Path("/big/lake")
    assert settings.database_path == Path("/data/afterclose/warehouse.duckdb")


def test_a_tilde_is_the_user_s_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("AFTERCLOSE_HOME", "~/prices")
    assert load_settings().database_path == Path("/home/someone/prices/warehouse.duckdb")


def test_an_env_file_is_read_and_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("AFTERCLOSE_LOOKBACK=7\nAFTERCLOSE_CONCURRENCY=3\nUNRELATED=1\n")
    monkeypatch.setenv("AFTERCLOSE_CONCURRENCY", "5")
    settings = load_settings()
    assert (settings.lookback, settings.concurrency) == (7, 5)


def test_the_addresses_that_there_are_were_found():
    assert ADDRESSES.keys() >= {"constituents_url", "csi_url", "hkex_url", "tencent_url", "yahoo_url"}


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_password_in_an_address_is_shown_by_no_setting(monkeypatch, name):
    monkeypatch.setenv(f"AFTERCLOSE_{name.upper()}", "https://me:hunter2@example.com/mirror")
    settings = read_settings(ADDRESSES[name])
    address = getattr(settings, name)
    assert str(address.get_secret_value()) == "https://me:hunter2@example.com/mirror"
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()} {address}"


@pytest.mark.parametrize("vendor", [vendor for vendor in SOURCES if vendor and f"{vendor.name}_url" in ADDRESSES])
def test_a_source_says_where_it_asks_without_the_password(monkeypatch, tmp_path, vendor):
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path))
    monkeypatch.setenv("AFTERCLOSE_TERMS_ACCEPTED", vendor.name)
    monkeypatch.setenv(f"AFTERCLOSE_{vendor.name.upper()}_URL", "https://me:hunter2@example.com/mirror")
    market = FACTS.market(getattr(vendor, "market", "HK"))
    assert vendor.make(load_settings(), market).address == "https://example.com/mirror"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
def test_a_moment_that_no_clock_of_ours_shows_is_refused(monkeypatch, moment):
    monkeypatch.setenv("AFTERCLOSE_NOW", moment)
    with pytest.raises(UsageError, match=r"^AFTERCLOSE_NOW is not valid"):
        load_settings()


@pytest.mark.parametrize("name", ["HOME", "LAKE"])
def test_a_folder_that_duckdb_cannot_write_below_is_refused(monkeypatch, name):
    monkeypatch.setenv(f"AFTERCLOSE_{name}", "/data/what?/prices")
    with pytest.raises(
        UsageError, match=rf"^AFTERCLOSE_{name} is not valid: DuckDB writes no file below /data/what\?/"
    ):
        load_settings()


@pytest.mark.parametrize("name", ["HOME", "LAKE"])
def test_a_folder_whose_name_is_no_text_is_refused(monkeypatch, name):
    monkeypatch.setenv(f"AFTERCLOSE_{name}", os.fsdecode(b"/data/caf\xe9"))
    with pytest.raises(UsageError, match=rf"^AFTERCLOSE_{name} is not valid: '/data/caf\\udce9' is no text in UTF-8$"):
        load_settings()


@pytest.mark.parametrize("name", ["LAKE", "HOME"])
def test_an_address_in_place_of_a_folder_is_refused_without_its_password(monkeypatch, name):
    monkeypatch.setenv(f"AFTERCLOSE_{name}", "s3://key:secret@bucket/lake")
    with pytest.raises(UsageError, match=r"s3://bucket/lake is an address") as refused:
        load_settings()
    assert "secret" not in str(refused.value)


def test_no_user_is_given_to_baostock(monkeypatch):
    monkeypatch.setenv("AFTERCLOSE_BAOSTOCK_ADDRESS", "ann:secret@127.0.0.1:10030")
    with pytest.raises(UsageError, match=r"HOST:PORT") as refused:
        read_settings(BaostockSettings)
    assert "secret" not in str(refused.value)


@pytest.fixture
def file(monkeypatch, tmp_path):
    """Writes the file of settings in a home."""
    monkeypatch.setenv("AFTERCLOSE_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    path = tmp_path / "home" / "afterclose.toml"

    def write(text):
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_file_in_the_home_is_read_and_the_environment_and_dotenv_win(monkeypatch, tmp_path, file):
    path = file('lookback = 7\nconcurrency = 3\nsource = "simulated"\nlock_wait = 1.5\n')
    (tmp_path / ".env").write_text("AFTERCLOSE_CONCURRENCY=4\nAFTERCLOSE_SOURCE=yahoo\n")
    monkeypatch.setenv("AFTERCLOSE_SOURCE", "tencent")
    settings = load_settings()
    assert (settings.lookback, settings.concurrency, settings.source, settings.lock_wait) == (7, 4, "tencent", 1.5)
    assert origins(Settings) == {
        "home": "environment",
        "source": "environment",
        "concurrency": ".env",
        "lookback": path,
        "lock_wait": path,
    }


def test_the_home_that_dotenv_names_is_where_the_file_is_looked_for(monkeypatch, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "afterclose.toml").write_text("lookback = 7")
    (tmp_path / ".env").write_text(f"AFTERCLOSE_HOME={tmp_path / 'there'}\n")
    assert load_settings().lookback == 7


def test_settings_of_a_source_come_from_the_file_too(file):
    file('tencent_url = "https://me:hunter2@example.com/mirror"')
    url = read_settings(TencentSettings).tencent_url
    assert url.get_secret_value().host == "example.com"


def test_a_wrong_value_in_the_file_is_refused_by_name_and_file(file):
    path = file("lookback = 'many'")
    with pytest.raises(UsageError, match=rf"^lookback in {path} is not valid: "):
        load_settings()


@pytest.mark.parametrize(
    ("text", "words"),
    [("lookback 7", "is no TOML: .*line 1"), ('home = "/elsewhere"', "cannot name another home: set AFTERCLOSE_HOME")],
)
def test_a_file_that_cannot_be_meant_is_refused(file, text, words):
    path = file(text)
    with pytest.raises(UsageError, match=rf"^{path} {words}"):
        load_settings()


def test_a_file_in_another_encoding_is_refused(file):
    path = file("")
    path.write_bytes(b'source = "caf\xe9"')
    with pytest.raises(UsageError, match=rf"^{path} is no TOML"):
        load_settings()


@pytest.mark.parametrize("name", ["AFTERCLOSE_HOME", "AFTERCLOSE_UNIVERSE"])
def test_a_path_of_a_user_that_is_not_there_is_refused(monkeypatch, name):
    monkeypatch.setenv(name, "~nobody-of-that-name/prices")
    with pytest.raises(UsageError, match=rf"^{name} is not valid: .* names a user that is not there"):
        load_settings()
