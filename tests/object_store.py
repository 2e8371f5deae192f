"""A little S3 server: objects in memory, PUT, GET (whole or a part), HEAD, DELETE; signatures must be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Store(ThreadingHTTPServer):
    """The server; `objects` by their path, `asked` what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.asked: list[tuple[str, str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Store

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._signed():
            self.server.objects[self.path] = (body, self.headers.get("Content-Type", ""))
            self._answer(200)

    def do_GET(self) -> None:
        if not self._signed():
            return
        if self.path not in self.server.objects:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        body, kind = self.server.objects[self.path]
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if part is None:
            return self._answer(200, body, kind)
        first, last = map(int, part.groups())
        self._answer(206, body[first : last + 1], kind)

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        if self._signed():
            self.server.objects.pop(self.path, None)
            self._answer(204)

    def _signed(self) -> bool:
        self.server.asked.append((self.command, self.path, self.headers.get("Range", "")))
        if self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=key-of-tests/"):
            return True
        self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        return False

    def _answer(self, status: int, body: bytes = b"", kind: str = "application/xml") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", kind)
        self.send_header("ETag", '"0123"')
        self.send_header("Last-Modified", "Mon, 15 Mar 2027 12:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def object_store() -> Iterator[Store]:
    """A running one."""
    store = Store()
    thread = Thread(target=store.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield store
    finally:
        store.shutdown()
        thread.join()
        store.server_close()
