"""A receiver of messages on loopback, as apprise's json:// has it: what it got, and how it can be down."""

import json
import re

from tests.loopback import send

ID = re.compile(r"\b(?:id|編號|编号) ([0-9a-f]{12})$")


class Receiver:
    """Keeps each message as (title, text, names of attachments); with `status` 503 it takes none."""

    def __init__(self):
        self.got, self.status = [], 200

    def answer(self, handler):
        told = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if self.status == 200:
            self.got.append((told["title"], told["message"], [each["filename"] for each in told["attachments"]]))
        send(handler, b"", self.status)

    def taken(self):
        """What came since this was asked last."""
        got, self.got = self.got, []
        return got


def id_of(message):
    return ID.search(message[1])[1]
