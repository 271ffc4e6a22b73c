"""A server of the S3 protocol on loopback: moto, which honours If-Match and If-None-Match.

It does one request after the other, so that what moto looks at and then writes is one step, as on S3 itself; `asked`
are the requests (method, path), and `before` may look at each and end it by raising.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.loopback import POLL

BUCKET = "lake"


class _Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass


@dataclass
class S3:
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda method, path: None

    def environment(self):
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def start():
    """The server and what stops it."""
    inner, s3 = DomainDispatcherApplication(create_backend_app), S3()

    def application(environ, respond):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if not path.startswith("/moto-api"):
            s3.asked.append((method, path))
            try:
                s3.before(method, path)
            except ConnectionError:
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                respond("403 Forbidden", [("Content-Type", "application/xml")])
                return [b"<Error><Code>AccessDenied</Code><Message>not now</Message></Error>"]
        return inner(environ, respond)

    server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=_Quiet)
    s3.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
    return s3, server.shutdown
