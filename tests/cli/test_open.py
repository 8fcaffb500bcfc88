"""``cnnviz open``."""

import shlex
import sys
import webbrowser

import pytest
from commands import exit_code

from cnnviz.cli import main


def test_the_page_of_a_run_is_opened(tmp_path, monkeypatch, capsys):
    page = tmp_path / "report" / "index.html"
    page.parent.mkdir()
    page.write_text("<html></html>")
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)

    with pytest.raises(SystemExit) as stop:
        main(["open", str(tmp_path)])

    assert not stop.value.code
    assert opened == [page.resolve().as_uri()]
    assert capsys.readouterr().out.strip() == str(page)


def test_a_folder_that_is_no_run_says_how_to_make_one(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["open", str(tmp_path)])

    assert stop.value.code == 1
    assert f"with: cnnviz report --out {tmp_path}" in capsys.readouterr().err


def test_a_run_without_a_page_says_how_to_draw_it(tmp_path, capsys):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "umap_embedding-0.h5").touch()

    with pytest.raises(SystemExit) as stop:
        main(["open", str(tmp_path)])

    assert stop.value.code == 1
    assert f"draw it with: cnnviz report {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize("asking", ["open", "report"])
def test_what_is_advised_for_a_capture_makes_its_page(
    asking, brought, tmp_path, monkeypatch, capsys
):
    run = tmp_path / "a run"
    words = ["mynet.py:build", "clips", "--sample-rate", "8000"]
    monkeypatch.chdir(brought)
    capture = ["capture", *words, "--maps", "all", "--budget=2MB", "--out", str(run)]
    monkeypatch.setattr(sys, "argv", ["cnnviz", *capture])
    assert exit_code(*capture) == 0
    capsys.readouterr()

    assert exit_code(asking, run) != 0
    advice = shlex.split(capsys.readouterr().err.partition("explain it with: ")[2])

    assert advice == ["cnnviz", "report", *words, "--out", str(run)]
    assert exit_code(*advice[1:]) == 0
    assert (run / "report" / "index.html").is_file()
