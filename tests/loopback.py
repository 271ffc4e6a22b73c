"""Servers of the tests on loopback: one that answers HTTP as a function says, and one that talks over plain TCP."""

import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POLL = 0.02  # seconds in which a server sees that it is to stop: the library's half a second is longer than many a test


@contextmanager
def http_server(answer):
    """Answer each GET and POST with `answer(handler)`; gives the base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_GET(self):
            quietly(answer, self)

        def do_POST(self):
            quietly(answer, self)

    with _running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def tcp_server(talk):
    """Talk to each caller with `talk(stream)`, a binary file to read and write; gives HOST:PORT."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            quietly(talk, self)

    with _running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"127.0.0.1:{port}"


def quietly(answer, handler):
    """A client that hangs up is what many tests are about."""
    try:
        answer(handler)
    except (BrokenPipeError, ConnectionResetError):
        handler.close_connection = True


def send(handler, body, status=200, headers=(), promised=None):
    """A reply with an honest length, or with another that is promised."""
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if promised is None else promised))
    handler.end_headers()
    handler.wfile.write(body)
    handler.close_connection = promised is not None


@contextmanager
def _running(server):
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
