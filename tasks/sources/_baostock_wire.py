"""The frames that baostock's server speaks over TCP, with an end to every wait and to every answer.

A request is a head of 21 characters (version, type, length of the body in characters, with \\1 between), the body's
fields with \\1 between, \\1 and the crc32 of head and body in decimals, and a line feed. An answer begins with such a
head and ends in an end mark; where its type says so, the body is compressed and the length counts bytes. The crc of
answers is not checked: for compressed ones nobody knows its rule, and zlib has a check of its own.
"""

import re
import socket
import time
import zlib
from dataclasses import dataclass

VERSION = "00.9.40"  # of the protocol, as the public client of 2026 states it
SPLIT, END = "\1", b"<![CDATA[]]>\n"
HEAD = 21
COMPRESSED = {"96", "99", "9B", "9D"}
_HEAD = re.compile(rb"[0-9.]{7}\x01([0-9A-Z]{2})\x01([0-9]{10})")
LARGEST_FRAME, LARGEST_BODY = 2**23, 2**26  # bytes as they come, and unpacked; a day of 5,500 shares is 0.4 and 1 MB


class WireError(Exception):
    """What the other side sent is no answer. `outcome` is one of `OfficialAnswer`'s."""

    def __init__(self, outcome: str, detail: str) -> None:
        """`detail` says what came instead."""
        super().__init__(detail)
        self.outcome = outcome


@dataclass(frozen=True)
class Message:
    """An answer: its two-character type, and the fields of its body; `raw` are its bytes."""

    kind: str
    fields: tuple[str, ...]
    raw: bytes


class Conversation:
    """Questions and answers over one connection, which all together take at most so many seconds."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        """Raises `WireError` when nobody answers."""
        self._deadline = time.monotonic() + seconds
        self._seconds = seconds
        try:
            self._socket = socket.create_connection((host, port), self._left())
        except (OSError, ValueError) as problem:  # a name that cannot be one is the latter
            raise WireError("transient", f"{type(problem).__name__}: {problem}"[:200]) from None

    def __enter__(self) -> "Conversation":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, kind: str, *fields: str) -> Message:
        """The answer to a request of that type; raises `WireError`."""
        self.say(kind, *fields)
        try:
            return read(self._receive())
        except TimeoutError:
            raise WireError("transient", f"no answer within {self._seconds:g} s") from None
        except OSError as problem:
            raise WireError("transient", f"{type(problem).__name__}: {problem}"[:200]) from None

    def say(self, kind: str, *fields: str) -> None:
        """Send a request and wait for no answer; raises `WireError` when it cannot be sent."""
        try:
            self._socket.settimeout(self._left())
            self._socket.sendall(frame(kind, *fields))
        except OSError as problem:
            raise WireError("transient", f"{type(problem).__name__}: {problem}"[:200]) from None

    def _receive(self) -> bytes:
        came = bytearray()
        while not _is_whole(came):
            if len(came) > LARGEST_FRAME:
                raise WireError("unknown shape", f"an answer of more than {LARGEST_FRAME} bytes")
            self._socket.settimeout(self._left())
            piece = self._socket.recv(2**16)
            if not piece:
                raise WireError("cut" if came else "transient", f"the connection ended after {len(came)} bytes")
            came += piece
        return bytes(came)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time left")
        return left


def frame(kind: str, *fields: str) -> bytes:
    """The bytes of a request."""
    body = SPLIT.join(fields)
    text = f"{VERSION}{SPLIT}{kind}{SPLIT}{len(body):010d}{body}"
    return f"{text}{SPLIT}{zlib.crc32(text.encode())}\n".encode()


def read(raw: bytes) -> Message:
    """The answer in the bytes of one; raises `WireError` for what is none."""
    head = _head(raw)
    if head is None or not raw.endswith(END):
        raise WireError("transient", f"no frame but {raw[:60]!r}")
    kind, length = head
    try:
        text = (_unpacked(raw[HEAD : HEAD + length]) if kind in COMPRESSED else raw[HEAD : -len(END)]).decode()
    except (zlib.error, UnicodeDecodeError) as problem:
        raise WireError("transient", f"a damaged answer: {problem}"[:200]) from None
    if kind not in COMPRESSED:
        if len(text) < length:
            raise WireError("cut", f"{len(text)} characters of {length}")
        text = text[:length]
    return Message(kind, tuple(text.split(SPLIT)), raw)


def _head(raw: bytes | bytearray) -> tuple[str, int] | None:
    """Type and length of the answer; None when it does not begin as one."""
    found = _HEAD.match(raw)
    return (found[1].decode(), int(found[2])) if found else None


def _is_whole(came: bytearray) -> bool:
    """Whether nothing more is to come: the end mark is there, or this is no answer."""
    if len(came) < HEAD:
        return False
    head = _head(came)
    if head is None:
        return True
    packed = HEAD + head[1] if head[0] in COMPRESSED else 0  # in what is compressed the mark may come by chance
    return came.endswith(END) and len(came) >= packed


def _unpacked(data: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    body = unpacking.decompress(data, LARGEST_BODY)
    if unpacking.unconsumed_tail:
        raise WireError("unknown shape", f"an answer of more than {LARGEST_BODY} bytes")
    if not unpacking.eof:
        raise WireError("cut", "the compressed answer ends before its end")
    return body
