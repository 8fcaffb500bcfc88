"""``cnnviz open``."""

import webbrowser

import pytest

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


def test_a_run_without_a_page_says_how_to_make_one(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["open", str(tmp_path)])

    assert stop.value.code == 1
    assert f"make it with: cnnviz report {tmp_path}" in capsys.readouterr().err
