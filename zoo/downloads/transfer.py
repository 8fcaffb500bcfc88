"""Downloads that go on where they stopped, as a downloader for pooch."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from cnnviz.errors import DownloadError

Advance = Callable[[int, int | None], None]
_CHUNK = 2**14  # what is lost at most when a connection breaks
_TRIES = 10
_TIMEOUT = (10, 60)  # seconds to connect, and between two packets
_OK, _PARTIAL, _NOT_SATISFIABLE = 200, 206, 416


@dataclass(frozen=True, kw_only=True, slots=True)
class ResumingDownloader:
    """Download into a ``.part`` file by HTTP ranges, and hand it over when it is whole.

    The validator that the server gave (its ETag, or the date of the file) is kept beside the
    part, so that two versions of a file are never mixed. A server without ranges, and a
    part whose origin is not known, start anew. A connection that breaks is taken up again as
    long as each try brings something.

    Parameters
    ----------
    part
        Where bytes are collected; it stays when the download stops.
    most_bytes
        More is refused.
    n_bytes
        Size that the server must state; None: not known.
    advance
        Called with the bytes that are here, and all bytes if the server tells.

    References
    ----------
    R. Fielding, M. Nottingham and J. Reschke, "HTTP Semantics", RFC 9110, 2022, section 14.
    """

    part: Path
    most_bytes: int
    n_bytes: int | None
    advance: Advance

    def __call__(self, url: str, output_file: object, _pooch: object) -> None:
        """Download `url` to `output_file`, as pooch asks for it.

        Raises
        ------
        DownloadError
            If the server cannot be reached, has no such file, or another one.
        """
        for _ in range(_TRIES):
            before = size_of(self.part)
            try:
                self._transfer(url)
            except requests.RequestException as error:
                if size_of(self.part) <= before:
                    raise DownloadError(f"{url} cannot be reached ({_reason(error)})") from error
            else:
                self.part.replace(str(output_file))
                self._tag.unlink(missing_ok=True)
                return
        raise DownloadError(f"{url} broke off {_TRIES} times")

    @property
    def _tag(self) -> Path:
        return self.part.with_name(self.part.name + ".tag")

    def _transfer(self, url: str) -> None:
        start = size_of(self.part)
        headers = {"Accept-Encoding": "identity"}
        tag = self._tag.read_text("utf-8") if start and self._tag.is_file() else ""
        if tag:
            headers |= {"Range": f"bytes={start}-", "If-Range": tag}
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
            if _is_whole(response, start):
                return
            self._check(url, response)
            if response.status_code != _PARTIAL:
                start = 0
            elif _range_start(response) != start:
                self._forget()
                raise DownloadError(f"{url} sent another range than asked for")
            self._receive(url, response, start)

    def _check(self, url: str, response: requests.Response) -> None:
        if url.startswith("https:") and not response.url.startswith("https:"):
            raise DownloadError(f"{url} leads to {response.url}, which is not encrypted")
        if response.status_code == _NOT_SATISFIABLE:
            self._forget()
            raise DownloadError(f"{url} is shorter than the part of it, which was deleted")
        if response.status_code not in (_OK, _PARTIAL):
            raise DownloadError(f"{url} answers {response.status_code} {response.reason}")

    def _receive(self, url: str, response: requests.Response, start: int) -> None:
        total = _total(response, start)
        if total is not None:
            self._check_size(url, total)
        self._tag.write_text(_validator(response), "utf-8")
        done, limit = start, self.n_bytes or self.most_bytes
        with self.part.open("ab" if start else "wb") as file:
            for chunk in response.iter_content(_CHUNK):
                done += file.write(chunk)
                self.advance(done, total or self.n_bytes)
                if done > limit:
                    break
        if done > limit:
            self._forget()
            raise DownloadError(f"{url} sends more than {limit:,} bytes, which were deleted")
        if done < (total or self.n_bytes or 0):
            raise requests.ConnectionError(f"broke off after {done:,} bytes")

    def _check_size(self, url: str, total: int) -> None:
        if self.n_bytes is not None and total != self.n_bytes:
            raise DownloadError(f"{url} has {total:,} bytes instead of {self.n_bytes:,}")
        if total > self.most_bytes:
            raise DownloadError(f"{url} has {total:,} bytes, more than {self.most_bytes:,}")

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Bytes of a file; 0 where there is none."""
    return path.stat().st_size if path.is_file() else 0


def _is_whole(response: requests.Response, start: int) -> bool:
    """Whether nothing is missing: the range asked for begins at the end of the file."""
    end = response.headers.get("Content-Range", "")
    return response.status_code == _NOT_SATISFIABLE and end == f"bytes */{start}"


def _range_start(response: requests.Response) -> int:
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else -1


def _total(response: requests.Response, start: int) -> int | None:
    """All bytes of the file, if the server tells them."""
    length = response.headers.get("Content-Length", "")
    if not length.isdecimal() or "Content-Encoding" in response.headers:
        return None
    return start + int(length)


def _validator(response: requests.Response) -> str:
    """What names this version of the file; weak ones cannot be asked for."""
    tag = response.headers.get("ETag", "")
    return response.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag


def _reason(error: requests.RequestException) -> str:
    """Why a connection failed, without the names of classes around it."""
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    inner = error.args[0] if error.args else error
    return str(getattr(inner, "reason", inner)).rpartition(": ")[2]
