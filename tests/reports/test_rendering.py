"""Files of a report: whole, the same each time, and never over somebody else's."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import report_results
from kept_sound import run_with

from cnnviz.errors import ParameterError
from cnnviz.run import Run
from reports import render, rendering

TITLE = "mynet"


def contents(folder: Path) -> dict[str, str]:
    """SHA-256 of each file below a folder."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("form", ["file", "folder"])
def test_equal_results_give_equal_bytes(tmp_path: Path, form: str) -> None:
    results = report_results.run()

    render(Run(results=results), tmp_path / "one", title=TITLE, as_=form)
    render(Run(results=results), tmp_path / "two", title=TITLE, as_=form)

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_processes_that_share_the_drawing_change_no_byte(tmp_path: Path, monkeypatch) -> None:
    results = report_results.run()
    monkeypatch.setattr("cnnviz.forked._WORTH_SECONDS", 0)

    for n in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", n)
        render(Run(results=results), tmp_path / n, title=TITLE)

    assert contents(tmp_path / "1") == contents(tmp_path / "3")


def test_a_small_report_is_one_file_with_its_numbers_beside_it(tmp_path: Path) -> None:
    written = render(report_results.run(), tmp_path / "filters.html", title=TITLE)

    assert written == tmp_path / "filters.html"
    name = f"{report_results.evaluation().fragment('confusion-test')}.csv"
    assert (tmp_path / "filters-data" / name).is_file()
    assert f'href="filters-data/{name}"' in written.read_text()


def test_a_report_over_the_limit_becomes_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "FILE_UP_TO", 1000)

    written = render(report_results.run(), tmp_path / "report", title=TITLE)

    assert written == tmp_path / "report" / "index.html"
    assert len(list((tmp_path / "report" / "audio").rglob("*.wav"))) == 120


def test_a_huge_single_file_is_refused_with_the_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "REFUSED_FROM", 1000)
    out = tmp_path / "report"

    with pytest.raises(ParameterError, match=r"as one file has .* MB; .*--as folder.*--force"):
        render(report_results.run(), out, title=TITLE, as_="file")

    assert not out.exists()
    assert render(report_results.run(), out, title=TITLE, as_="file", force=True).is_file()


def test_a_folder_that_no_report_wrote_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(ParameterError, match="holds files that no report wrote"):
        render(report_results.run(), tmp_path, title=TITLE, as_="folder")

    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_an_earlier_report_is_replaced_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "report"
    render(report_results.run(), out, title=TITLE, as_="folder")

    render(Run(results=(report_results.evaluation(),)), out, title=TITLE, as_="file")

    assert not (out / "audio").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_the_manifest_lists_every_file_with_its_digest(tmp_path: Path) -> None:
    render(report_results.run(), tmp_path / "report", title=TITLE, as_="folder")

    listed = json.loads((tmp_path / "report" / "manifest.json").read_text())["files"]
    found = contents(tmp_path / "report")

    assert {file["name"]: file["sha256"] for file in listed} == {
        name: digest for name, digest in found.items() if name != "manifest.json"
    }


@pytest.mark.parametrize("form", ["file", "folder"])
def test_no_page_names_another_host(tmp_path: Path, form: str) -> None:
    page = render(report_results.run(), tmp_path / "r", title=TITLE, as_=form).read_text()
    ours = re.sub(r'<script type="text/plain" id="library">.*?</script>', "", page, flags=re.S)

    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", ours) == []
    assert "default-src 'none'" in unescape(page)


def test_an_absent_result_leaves_its_section_out(tmp_path: Path) -> None:
    page = render(
        Run(results=(report_results.evaluation(),)), tmp_path / "r", title=TITLE
    ).read_text()

    assert '<section id="evaluation"' in page
    assert '<section id="embedding"' not in page
    assert '<section id="provenance"' in page


def test_classes_and_files_with_markup_in_their_names_stay_text(tmp_path: Path) -> None:
    words = ("<script>alert(1)</script>", '"quoted" & <b>bold</b>', "snow \N{SNOWMAN}", "a'b")
    results = report_results.run(words, n_clips=8)

    page = render(Run(results=results), tmp_path / "r", title="<i>title</i>").read_text()

    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "<i>title" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_file_name_that_is_no_unicode_can_be_shown(tmp_path: Path) -> None:
    names = ("dog/\udcff.wav", *(f"dog/{k}.wav" for k in range(7)))
    gallery = report_results.clip_gallery(("dog",), n_clips=8, names=names)
    run = run_with(np.zeros((8, 800), np.float32), (gallery,), sample_rate=8000)

    assert render(run, tmp_path / "r", title=TITLE).is_file()


def test_the_budget_of_clips_is_said(tmp_path: Path) -> None:
    page = render(report_results.run(), tmp_path / "r", title=TITLE, clips=20, as_="folder")

    assert "Audio of 20 of 120 clips is in this report; rerun with --clips all" in page.read_text()
    assert len(list((tmp_path / "r" / "audio").rglob("*.wav"))) == 20


def test_synthetic_and_skipped_clips_are_said(tmp_path: Path) -> None:
    page = render(report_results.run(), tmp_path / "r", title=TITLE).read_text()

    assert "By their notes a machine made 40 of 120 clips." in page
    assert "2 files were skipped" in page
    assert "Format not recognised" in page


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"as_": "pdf"}, "as='pdf'; allowed: auto, file, folder"),
        ({"audio": "ogg"}, "audio='ogg'; allowed: wav, mp3, none"),
        ({"clips": "many"}, "clips='many'; allowed: a whole number from 0, or 'all'"),
    ],
    ids=["form", "audio", "clips"],
)
def test_a_wrong_option_says_what_is_allowed(
    tmp_path: Path, options: dict[str, str], text: str
) -> None:
    with pytest.raises(ParameterError, match=re.escape(text)):
        render(report_results.run(), tmp_path / "r", title=TITLE, **options)  # type: ignore[arg-type]


def test_a_saved_run_is_drawn_without_torch() -> None:
    code = (
        "import sys, reports.page, reports.figures\n"
        "from cnnviz.run import Run; reports.page.sections(Run())\n"
        "sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_report_of_quiet_clips_and_no_labels_is_written(tmp_path: Path) -> None:
    gallery = report_results.clip_gallery(n_clips=4)
    unlabelled = replace(gallery.clips, labels=np.full(4, -1), class_names=())
    quiet = replace(gallery, clips=unlabelled)
    run = run_with(np.zeros((4, 800), np.float32), (quiet,), sample_rate=8000)

    assert render(run, tmp_path / "r", title=TITLE, clips="all").is_file()


def test_results_alone_stand_without_sound(tmp_path: Path) -> None:
    page = render(Run(results=report_results.results()), tmp_path / "r", title=TITLE, as_="folder")

    assert "Audio of 0 of 120 clips is in this report" in page.read_text()
    assert not list(tmp_path.rglob("*.wav"))
