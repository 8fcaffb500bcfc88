"""A Firefox without a window, spoken to in its own protocol, Marionette."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

FIREFOX = Path(os.environ.get("CNNVIZ_FIREFOX", "/usr/bin/firefox-esr"))
_PREFERENCES = {
    "marionette.port": 0,  # a free one, which it writes into its profile
    "media.autoplay.default": 0,  # sound without a press
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
_PORT = "MarionetteActivePort"
_SILENT_DEVICE = "pcm.!default { type null }\nctl.!default { type null }\n"
"""Sound card of ALSA for machines without one, where Firefox plays nothing."""


class Firefox:
    """A session; every message is its length, a colon and JSON."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._replies = self._socket.makefile("rb")
        self._reply()  # its greeting
        self._count = 0
        self.call("WebDriver:NewSession", capabilities={})
        self.call("WebDriver:SetTimeouts", script=100_000)

    def call(self, name: str, **parameters: object) -> object:
        """One command and its answer."""
        self._count += 1
        message = json.dumps([0, self._count, name, parameters]).encode()
        self._socket.sendall(f"{len(message)}:".encode() + message)
        _, _, error, answer = self._reply()
        if error:
            raise AssertionError(f"{name}: {error['message']}")
        return answer

    def open(self, address: str, *, width: int = 1440, height: int = 900) -> None:
        """Go to an address, from an empty page, so that a fragment alone loads anew."""
        self.call("WebDriver:SetWindowRect", width=width, height=height)
        self.call("WebDriver:Navigate", url="about:blank")
        self.call("WebDriver:Navigate", url=address)

    def evaluate(self, function: str, *arguments: object) -> object:
        """What a function of JavaScript gives, or what its promise brings."""
        script = (
            "const given = [...arguments]; const done = given.pop();"
            f"Promise.resolve(({function})(...given)).then(done, (error) => done(String(error)));"
        )
        answer = self.call(
            "WebDriver:ExecuteAsyncScript", script=script, args=list(arguments), sandbox=None
        )
        return answer["value"]

    def close(self) -> None:
        """Hang up."""
        self._replies.close()
        self._socket.close()

    def _reply(self) -> list:
        length = b""
        while (sign := self._replies.read(1)) != b":":
            length += sign
        return json.loads(self._replies.read(int(length)))


@contextmanager
def started(profile: Path) -> Iterator[Firefox]:
    """A Firefox with a profile of its own; skips, visibly, where there is none."""
    if not FIREFOX.exists():
        pytest.skip(f"no browser at {FIREFOX}; set CNNVIZ_FIREFOX")
    lines = [f'user_pref("{key}", {json.dumps(value)});' for key, value in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    command = [FIREFOX, "--headless", "--no-remote", "--marionette", "--profile", profile]
    (profile / "asound.conf").write_text(_SILENT_DEVICE)
    silent = os.environ | {"ALSA_CONFIG_PATH": str(profile / "asound.conf")}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=silent, stdout=quiet, stderr=quiet) as process:
        try:
            with closing(Firefox(_port(profile / _PORT))) as session:
                yield session
        finally:
            process.terminate()


def _port(file: Path, n_tries: int = 300) -> int:
    """The port it listens at, once it has written it."""
    for _ in range(n_tries):
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        time.sleep(0.1)
    raise AssertionError(f"Firefox did not write {file}")
