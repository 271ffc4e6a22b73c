"""What a replica needs of the storage that `AFTERCLOSE_REPLICA` names: any file system of fsspec.

Storage of the S3 protocol puts an object on a condition (If-Match, If-None-Match), so that of two writers one is
refused. Any other is looked at and then written: a back-up of one writer.
"""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from warehouse.errors import AftercloseError, UsageError
from warehouse.settings import Settings

CONNECT, READ = 10, 60  # seconds
REFUSED = (409, 412)  # HTTP: another put was under way, or the condition does not hold
SECRETS = ("secret", "key", "token", "password", "username")  # options of file systems
TRIES = 5  # to read an object that is being replaced
PENDING = ".pending"  # ends the name of what is beside its place until it is whole


@dataclass(frozen=True)
class Bucket:
    """Objects below one address, by their names; `shown` is that address without what must not be seen.

    Every method raises `AftercloseError` where the storage refuses or cannot be reached.
    """

    files: Any = field(repr=False)
    root: str
    shown: str
    is_conditional: bool

    def read(self, name: str) -> tuple[bytes, str] | None:
        """An object and its tag, None where there is none."""
        with self._in_words():
            for _ in range(TRIES):
                try:
                    if not self.is_conditional:
                        data: bytes = self.files.cat_file(self._at(name))
                        return data, hashlib.sha256(data).hexdigest()
                    with self.files.open(self._at(name), "rb") as file:
                        return file.read(), str(file.details["ETag"])
                except FileNotFoundError as problem:
                    if _answer(problem).get("Error", {}).get("Code") == "NoSuchBucket":
                        raise  # a mistyped bucket is no empty one
                    return None
                except OSError as problem:
                    if type(problem).__name__ != "FileExpired":  # replaced between its tag and its bytes
                        raise
            raise AftercloseError(f"{name} changed {TRIES} times while it was read")

    def write(self, name: str, data: bytes) -> None:
        """Put an object, whole or not at all."""
        with self._in_words():
            if self.is_conditional:
                self.files.pipe_file(self._at(name), data)
                return
            self._replace(name, lambda draft: self.files.pipe_file(draft, data))

    def swap(self, name: str, data: bytes, tag: str | None) -> str | None:
        """Put an object only if the one there has that tag (None: if there is none); its new tag, None if refused."""
        if not self.is_conditional:
            found = self.read(name)
            if (found[1] if found else None) != tag:
                return None
            self.write(name, data)
            return hashlib.sha256(data).hexdigest()
        condition = {"mode": "create"} if tag is None else {"IfMatch": tag}
        with self._in_words():
            try:
                return str(self.files.pipe_file(self._at(name), data, **condition)["ETag"])
            except OSError as problem:
                if isinstance(problem, FileExistsError) or _status(problem) in REFUSED:
                    return None
                if isinstance(problem, FileNotFoundError) and tag is not None:
                    return None  # what should have been replaced is gone
                raise

    def send(self, name: str, path: Path) -> None:
        """Put a file of this machine, whole or not at all, however long it is."""
        with self._in_words():
            if self.is_conditional:
                self.files.put_file(str(path), self._at(name))
                return
            self._replace(name, lambda draft: self.files.put_file(str(path), draft))

    def fetch(self, name: str, path: Path) -> None:
        """Get an object into a file of this machine."""
        with self._in_words():
            self.files.get_file(self._at(name), str(path))

    def copy(self, name: str, to: str) -> None:
        """Copy an object within the storage."""
        with self._in_words():
            if self.is_conditional:
                self.files.cp_file(self._at(name), self._at(to))
                return
            self._replace(to, lambda draft: self.files.cp_file(self._at(name), draft))

    def sizes(self, folder: str) -> dict[str, int]:
        """The objects of a folder, by their names in it, and how many bytes each has."""
        top = self._at(folder)
        with self._in_words():
            found = self.files.find(top, detail=True)
        return {path.partition(f"{top}/")[2]: int(each["size"]) for path, each in found.items()}

    def remove(self, names: Collection[str]) -> None:
        """Let objects go; one that is not there is gone already."""
        with self._in_words():
            for name in names:
                try:
                    self.files.rm_file(self._at(name))
                except FileNotFoundError:
                    continue

    def _at(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _replace(self, name: str, write: Any) -> None:
        """Where a put is not whole or nothing: beside its place, and moved there."""
        final = self._at(name)
        self.files.makedirs(final.rpartition("/")[0], exist_ok=True)
        try:
            write(f"{final}{PENDING}")
            self.files.mv(f"{final}{PENDING}", final)
        except Exception:  # on a full disk half of a database leaves no room for the next run's lease
            with suppress(Exception):
                self.files.rm_file(f"{final}{PENDING}")
            raise

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except AftercloseError as problem:
            raise AftercloseError(f"the replica {self.shown}: {problem}") from None
        except Exception as problem:  # each file system has errors of its own, and some name the address or the key
            told = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
            raise AftercloseError(f"the replica {self.shown}: {self._without_secrets(told)}") from None

    def _without_secrets(self, text: str) -> str:
        options = self.files.storage_options
        for secret in (options.get(name) for name in SECRETS):
            text = text.replace(str(secret), "***") if secret else text
        return text


def open_bucket(settings: Settings) -> Bucket | None:
    """The storage that `AFTERCLOSE_REPLICA` names, None where it names none; nothing is asked of it yet.

    Raises `UsageError` for an address that no file system takes, or whose package is not installed.
    """
    if settings.replica is None:
        return None
    import fsspec.core

    url = settings.replica.get_secret_value().rstrip("/")
    shown = address_to_show(url)
    scheme, user = url.partition("://")[0], _split(url)[0]
    is_s3 = scheme in ("s3", "s3a")
    options: dict[str, Any] = {"skip_instance_cache": True}
    if is_s3:
        options |= {"use_listings_cache": False, "config_kwargs": {"connect_timeout": CONNECT, "read_timeout": READ}}
        if user:
            key, _, secret = user.partition(":")
            options |= {"key": unquote(key), "secret": unquote(secret)}
            url = shown
    try:
        files, root = fsspec.core.url_to_fs(url, **options)
    except ImportError:
        raise UsageError(
            f"AFTERCLOSE_REPLICA is {shown}: its file system is not installed "
            "(s3: in the checkout, pip install '.[remote]')"
        ) from None
    except Exception as problem:  # of fsspec or the file system, which may name the address with its password
        raise UsageError(f"AFTERCLOSE_REPLICA is {shown}: no file system takes it ({type(problem).__name__})") from None
    return Bucket(files, str(root).rstrip("/"), shown, is_s3)


def address_to_show(url: str) -> str:
    """The address without user, key and options."""
    return f"{url.partition('://')[0]}://{_split(url.rstrip('/'))[1].partition('?')[0]}"


def _split(url: str) -> tuple[str, str]:
    """User and place; at the last @, for keys have slashes, and not everybody writes them as %2F.

    What has a slash and no colon before it is no user: folders have names with an @, too.
    """
    whole = url.partition("://")[2]
    user, _, place = whole.rpartition("@")
    is_user = ":" in user.partition("/")[0] or "/" not in user
    return (user, place) if is_user else ("", whole)


def _status(problem: BaseException) -> int | None:
    """The HTTP status that an error of s3fs came from."""
    status = _answer(problem).get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(status) if status else None


def _answer(problem: BaseException) -> dict[str, Any]:
    """What the storage said that an error of s3fs came from."""
    return getattr(problem.__cause__, "response", None) or {}
