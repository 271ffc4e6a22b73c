"""Settings out of the environment (prefix AFTERCLOSE_), `.env` here, or `afterclose.toml` in the home.

The first that has a value wins. A wrong value is refused by its name.
"""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BeforeValidator, Field, HttpUrl, Secret, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from warehouse.errors import UsageError
from warehouse.plain import without_password

PREFIX, FILE = "AFTERCLOSE_", "afterclose.toml"


def expanded(path: Path | str) -> Path:
    """The path with what its '~' stands for; raises `UsageError` for a user that is not there."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise UsageError(f"{path} names a user that is not there") from None


def _no_address(value: object) -> object:
    if not str(value).strip():  # to the system the current folder, which nobody means
        raise PydanticCustomError("no_folder", "it is empty: name a folder, or leave it out")
    if "://" in str(value):
        raise PydanticCustomError(
            "no_folder", "{value} is an address, not a folder of this machine", {"value": without_password(str(value))}
        )
    if any("\ud800" <= character <= "\udfff" for character in str(value)):  # DuckDB and Arrow take no such name
        raise PydanticCustomError("no_folder", "{value} is no text in UTF-8", {"value": ascii(str(value))})
    if "?" in str(value):
        raise PydanticCustomError("no_folder", "DuckDB writes no file below {value}, for its '?'", {"value": value})
    return _no_stranger(value)


def _no_stranger(value: object) -> object:
    try:
        expanded(str(value))
    except UsageError as problem:
        raise PydanticCustomError("no_place", "{problem}", {"problem": str(problem)}) from None
    return value


def _usual_home() -> Path:
    from platformdirs import user_data_path  # here, for a command whose home is named has no need of it

    return user_data_path("afterclose")


EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)  # of any clock of ours
Folder = Annotated[Path, BeforeValidator(_no_address)]


def _an_address(value: object) -> object:
    if value in (None, ""):
        return None
    if "://" not in str(value):
        raise PydanticCustomError("no_address", "it is no address, as s3://bucket/prefix or file:///disk/replica")
    return value


Address = Secret[HttpUrl]  # it may hold a user and a password, and is shown to nobody


class FromEnvironment(BaseSettings):
    """Settings of ours: each from a variable that begins with AFTERCLOSE_, from `.env`, or the file in the home."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """In this order; secrets of containers travel as the environment does."""
        in_the_home = InitSettingsSource(settings_cls, read_file(settings_file()))
        return init_settings, env_settings, dotenv_settings, in_the_home


class Settings(FromEnvironment):
    """Where things are kept, which source is asked and how gently, and what time it is."""

    home: Folder = Field(default_factory=_usual_home)
    lake: Folder | None = None
    source: str = "yahoo"
    fill_sources: str = "tencent"
    universe: Annotated[str, BeforeValidator(_no_stranger)] = Field(default="indices", min_length=1)
    second_source: str = ""
    official_sources: str = ""
    market_years: int = Field(default=2, ge=1, le=100)
    raw_keep_days: int = Field(default=30, ge=0, le=36_500)  # a century
    constituents_url: Address = Address(HttpUrl("https://yfiua.github.io/index-constituents"))
    concurrency: int = Field(default=8, ge=1, le=64)
    requests_per_second: float = Field(default=20.0, ge=0.001, allow_inf_nan=False)
    lookback: int = Field(default=60, ge=1)
    settle_minutes: int = Field(default=30, ge=0, le=10_080)  # a week
    language: Literal["en", "zh", "zh-hans"] = "en"
    colours: Literal["red-up", "green-up"] = "red-up"
    wait_minutes: int = Field(default=90, ge=0, le=10_080)
    lock_wait: float = Field(default=600.0, ge=0)
    long_rest: bool = False
    now: Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)] | None = None
    replica: Annotated[Secret[str] | None, BeforeValidator(_an_address)] = None  # it may hold a key
    task_runner: str = Field(default="", pattern=r"^(dask(:(tcp|tls)://\S+)?)?$")
    notify_block: str | None = Field(default=None, pattern=r"^[a-z0-9-]+/.+$")
    digest_urls: Secret[str] = Secret("")
    pages_url: HttpUrl | None = None
    share: str = ""

    @property
    def lake_path(self) -> Path:
        """The folder of the Parquet lake."""
        return (self.lake or self.home / "lake").expanduser()

    @property
    def database_path(self) -> Path:
        """The DuckDB file that people query."""
        return self.home.expanduser() / "warehouse.duckdb"

    @property
    def reports_path(self) -> Path:
        """Where the pages are written, one a date."""
        return self.home.expanduser() / "reports"

    @property
    def staging_path(self) -> Path:
        """Where a backfill keeps its fetched pieces until all is committed."""
        return self.home.expanduser() / "staging"

    @property
    def raw_path(self) -> Path:
        """Where the official sources' own bytes are kept for a while."""
        return self.home.expanduser() / "raw"

    @property
    def alerts_path(self) -> Path:
        """Where a person's queries lie whose rows are told."""
        return self.home.expanduser() / "alerts"

    @property
    def weights_path(self) -> Path:
        """Where a person keeps published index weights."""
        return self.home.expanduser() / "weights"

    @property
    def reference_path(self) -> Path:
        """Where a person's corrections of our facts lie."""
        return self.home.expanduser() / "reference"

    @property
    def universe_path(self) -> Path | None:
        """The file of symbols that are asked for beside the members of indices, None for no others."""
        return None if self.universe == "indices" else Path(self.universe).expanduser()

    @property
    def actions_path(self) -> Path:
        """A person's own splits and dividends."""
        return self.home.expanduser() / "actions.csv"

    @property
    def fill_chain(self) -> tuple[str, ...]:
        """Who is asked in turn for what the first vendor lacks; `SECOND_SOURCE`, as that was called, comes last."""
        last = [self.second_source] if self.second_source else []
        return tuple(dict.fromkeys([*names_in(self.fill_sources), *last]))

    @property
    def settling_time(self) -> timedelta:
        """How long to wait after a close is final."""
        return timedelta(minutes=self.settle_minutes)

    def clock(self) -> datetime:
        """The moment it is, in UTC: `NOW` when it is set, the machine's clock otherwise."""
        return (self.now or datetime.now(UTC)).astimezone(UTC)


def address_of(setting: Address | None, otherwise: str) -> str:
    """The URL that was set, with the password in it, or the other one: for who asks there, never to be shown."""
    return str(setting.get_secret_value()) if setting else otherwise


def names_in(setting: str) -> list[str]:
    """The names of a setting that takes several, with commas or blanks between them, in small letters and each once."""
    return list(dict.fromkeys(setting.replace(",", " ").lower().split()))


Some = TypeVar("Some", bound=FromEnvironment)


def load_settings() -> Settings:
    """Read our settings; raises `UsageError` that names the first wrong one."""
    return read_settings(Settings)


def read_settings(kind: type[Some]) -> Some:
    """Read the settings of that kind; raises `UsageError` that names the first wrong one."""
    try:
        return kind()
    except ValidationError as problem:
        first = problem.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        place = origins(kind).get(name)
        named = f"{name} in {place}" if isinstance(place, Path) else PREFIX + name.upper()
        raise UsageError(f"{named} is not valid: {first['msg']}") from None


def settings_file() -> Path:
    """Where the file of settings would lie: in the home that the environment or `.env` names."""
    given = DotEnvSettingsSource(Settings)() | EnvSettingsSource(Settings)()
    home = Path(given["home"]) if "home" in given else _usual_home()
    try:
        return home.expanduser() / FILE
    except RuntimeError:  # of a user that is not there: the setting itself will be refused
        return home / FILE


def read_file(path: Path) -> dict[str, Any]:
    """What the file of settings says, by names in small letters without our prefix; nothing where there is none.

    Raises `UsageError` for what is no TOML, and for a home: the file is looked for there.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is no TOML: {problem}") from None
    if "home" in found:
        raise UsageError(f"{path} cannot name another home: set {PREFIX}HOME")
    return found


def origins(kind: type[FromEnvironment]) -> dict[str, str | Path]:
    """Where each setting of that kind comes from that is set at all: 'environment', '.env', or the path of the file."""
    path = settings_file()
    places: dict[str | Path, PydanticBaseSettingsSource] = {
        path: InitSettingsSource(kind, read_file(path)),
        ".env": DotEnvSettingsSource(kind),
        "environment": EnvSettingsSource(kind),
    }
    return {name: place for place, source in places.items() for name in source() if name in kind.model_fields}


def names_in_dotenv() -> list[str]:
    """The names of ours that `.env` in the current folder sets, in small letters.

    Raises `UsageError` for one that is no text in UTF-8.
    """
    try:
        found = DotEnvSettingsSource(Settings).env_vars
    except UnicodeDecodeError:
        raise UsageError(f"{Path('.env').absolute()} is no text in UTF-8") from None
    return [name for name in found if name.startswith(PREFIX.lower())]
