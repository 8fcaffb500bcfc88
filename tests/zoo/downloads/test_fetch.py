"""``cnnviz zoo data``, with a corpus whose host is a small server on this machine."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
from threading import Event

import pytest
from click.testing import CliRunner

import zoo.corpora
from cnnviz import cli
from zoo.downloads import load

from .packing import offer, wav, zipped

NAMES = [f"recordings/{digit}_anna_{i}.wav" for digit in "07" for i in range(6)]
START = """
import resource, sys, zoo.corpora
from cnnviz.cli import main
zoo.corpora.__path__.append(sys.argv[1])
if sys.argv[2] != "0":
    sys.dont_write_bytecode = True  # Python would keep compiled modules cut short
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
main(["zoo", "data", "fetch", "tiny", *sys.argv[3:]])
"""


@pytest.fixture
def tiny(served, tmp_path, monkeypatch):
    """A corpus ``tiny`` in the open set: one more file in its folder, where people work."""
    root = "free-spoken-digit-dataset-1.0.10"
    content = zipped({f"{root}/{name}": wav(i) for i, name in enumerate(NAMES)})
    corpus = offer(served, load("fsdd"), content, files=NAMES, is_fixed=True)
    entries = tmp_path / "entries"
    entries.mkdir()
    (entries / "tiny.py").write_text(
        '"""Digits."""\n'
        "from dataclasses import replace\n"
        "from zoo.corpora.fsdd import CORPUS as FSDD\n"
        f"archive = replace(FSDD.archive, url={corpus.archive.url!r}, n_bytes={len(content)},\n"
        f"    digest={corpus.archive.digest!r}, is_fixed=True, most_bytes=1_000_000)\n"
        "CORPUS = replace(FSDD, name='tiny', title='Tiny digits', archive=archive,\n"
        f"    files={tuple(NAMES)!r}, n_clips=12, n_classes=2)\n"
    )
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(zoo.corpora, "__path__", [*zoo.corpora.__path__])
    monkeypatch.setattr(zoo.corpora.__spec__, "submodule_search_locations", zoo.corpora.__path__)
    zoo.corpora.__path__.append(str(entries))
    yield corpus
    sys.modules.pop("zoo.corpora.tiny", None)


def invoke(*words):
    return CliRunner().invoke(cli.root, ["zoo", "data", *words])


def error_of(capsys, *words):
    with pytest.raises(SystemExit, match="1"):
        cli.main(["zoo", "data", *words])
    return capsys.readouterr().err


def start(entries, *words, most_bytes=0, stderr=subprocess.PIPE):
    """The command in a process of its own."""
    words = [sys.executable, "-c", START, str(entries), str(most_bytes), *words]
    path = os.pathsep.join(sys.path)
    return subprocess.Popen(
        words, stderr=stderr, text=True, env={**os.environ, "PYTHONPATH": path, "COLUMNS": "100"}
    )


def test_fetch_writes_the_folder_and_says_what_was_checked(tiny, tmp_path):
    result = invoke("fetch", "tiny")

    assert result.exit_code == 0, result.output
    assert "data/tiny holds 12 files, checked by the file list" in result.stdout
    assert f"archive: {tiny.archive.digest}, as published" in result.stdout
    assert "licence: CC BY-SA 4.0" in result.stderr
    assert "download: 22.1 kB of 22.1 kB" in result.stderr
    assert "unpack: 12 of 12 files" in result.stderr
    assert (tmp_path / "here/data/tiny" / NAMES[0]).is_file()


def test_fetch_takes_another_folder_and_puts_nothing_elsewhere(tiny, tmp_path):
    result = invoke("fetch", "tiny", "--out", "digits")

    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["digits"]


def test_fetch_again_does_nothing_and_says_so(tiny, served):
    invoke("fetch", "tiny")
    served.asked.clear()

    result = invoke("fetch", "tiny")

    assert "data/tiny is there already and as it was fetched; nothing to do" in result.stdout
    assert served.asked == []


def test_force_fetches_again(tiny, served):
    invoke("fetch", "tiny")
    served.asked.clear()

    result = invoke("fetch", "tiny", "--force")

    assert "holds 12 files" in result.stdout
    assert len(served.asked) == 1


def test_an_unknown_corpus_gets_the_nearest_name(capsys):
    error = error_of(capsys, "fetch", "esc5")

    assert error.count("\n") == 1
    assert "'esc5' is not one of the corpora: audiomnist, esc50" in error
    assert "did you mean 'esc50'" in error


def test_a_host_out_of_reach_is_one_line(tiny, served, capsys):
    served.cut_after = [0]

    error = error_of(capsys, "fetch", "tiny")

    assert error.splitlines()[-1].startswith(f"cnnviz: tiny: {tiny.archive.url} cannot be reached")


def test_a_killed_download_goes_on(tiny, served, tmp_path):
    served.hold_after = 20_000  # of 22,000
    part = tmp_path / "here/data/tiny.download/v1.0.10.zip.part"
    process = start(tmp_path / "entries")
    while process.poll() is None and not (part.is_file() and part.stat().st_size >= 16_384):
        Event().wait(0.01)

    process.kill()
    _, error = process.communicate()
    served.release.set()

    assert process.returncode == -signal.SIGKILL, error
    assert not (tmp_path / "here/data/tiny").exists()
    assert "kB of it" in invoke("list").stdout
    assert "holds 12 files" in invoke("fetch", "tiny").stdout
    assert served.ranges()[1].startswith("bytes=")


def test_a_terminal_gets_bars(tiny, tmp_path):
    main_side, command_side = pty.openpty()
    process = start(tmp_path / "entries", stderr=command_side)
    os.close(command_side)
    text = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
        while block := os.read(main_side, 4_096):
            text += block
    os.close(main_side)

    assert process.wait() == 0
    assert re.search(rb"download .*kB", text)
    assert b"12/12" in text


def test_a_disk_that_fills_is_one_line_and_leaves_no_half_folder(tiny, tmp_path):
    process = start(tmp_path / "entries", most_bytes=10_000)
    _, error = process.communicate()

    line = error.splitlines()[-1]
    assert process.returncode == 1
    assert line.startswith("cnnviz: tiny: ")
    assert "cannot be written (File too large); what was downloaded is kept in" in line
    assert not (tmp_path / "here/data/tiny").exists()


def test_list_prints_size_licence_digest_and_whether_it_is_at_hand(tiny):
    before = {line.split()[0]: line for line in invoke("list").stdout.splitlines() if line}
    invoke("fetch", "tiny")
    after = {line.split()[0]: line for line in invoke("list").stdout.splitlines() if line}

    assert before["urbansound8k"].split()[1:7] == ["6.0", "GB", "8,732", "10", "md5", "no"]
    assert "none*" in before["audiomnist"]
    assert " no " in before["tiny"]
    assert " yes " in after["tiny"]


def test_list_as_json_holds_the_whole_entry():
    found = {entry["name"]: entry for entry in json.loads(invoke("list", "--json").stdout)}

    words = found["speech_commands_v2"]
    assert words["n_bytes"] == 2_428_923_189
    assert words["digest"].startswith("sha256:af14739e")
    assert words["at_hand"] == "no"
    assert not found["esc50"]["is_fixed"]
