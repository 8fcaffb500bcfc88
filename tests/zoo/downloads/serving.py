"""A small web server on this machine, with byte ranges, that can also misbehave.

The hosts of the corpora cannot be reached by tests: what is tested is the way over HTTP, with
archives of the same layout, not the hosts.
"""

import hashlib
import re
import sys
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Served:
    """Files by name, what was asked for, and how the server behaves."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # (name, Range header)
    with_ranges: bool = True
    with_length: bool = True
    with_tags: bool = True
    cut_after: list[int] = field(default_factory=list)  # bytes per answer, one after the other
    hold_after: int = 0  # bytes of the first answer, then it waits for `release`
    release: Event = field(default_factory=Event)
    redirect: str = ""
    address: str = ""

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"

    def ranges(self) -> list[str]:
        return [asked for _, asked in self.asked]


def start(served: Served) -> ThreadingHTTPServer:
    """Serve in a thread; `shutdown` and `server_close` end it."""

    class Handler(_Handler):
        pass

    Handler.served = served
    server = _Server(("127.0.0.1", 0), Handler)
    served.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that goes away, or is killed, is what is tested."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    served: Served

    def do_GET(self):
        served, name = self.served, self.path.lstrip("/").partition("?")[0]
        served.asked.append((name, self.headers.get("Range", "")))
        if served.redirect and name != served.redirect:
            self.send_response(302)
            self.send_header("Location", served.url(served.redirect))
            self.end_headers()
        elif name in served.files:
            self._send(served.files[name])
        else:
            self.send_error(404, "Not Found")

    def _send(self, content):
        served = self.served
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        start = self._start(tag)
        if start is not None and start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.end_headers()
            return
        self.send_response(200 if start is None else 206)
        if start is not None:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if served.with_tags:
            self.send_header("ETag", tag)
        body = content[start or 0 :]
        if served.with_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if served.hold_after:
            self.wfile.write(body[: served.hold_after])
            served.hold_after = 0
            served.release.wait(60)
            return
        n_sent = served.cut_after.pop(0) if served.cut_after else len(body)
        self.wfile.write(body[:n_sent])

    def _start(self, tag):
        """First byte to send, or None for a whole file."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not self.served.with_ranges or asked is None or self.headers["If-Range"] != tag:
            return None
        return int(asked[1])

    def log_message(self, *arguments):
        pass
