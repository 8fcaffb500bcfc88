"""The receipt of a folder."""

import pytest

from zoo.downloads.receipt import Receipt, changed_since, read_receipt, write_receipt

RECEIPT = Receipt(name="fsdd", url="u", sha256="s", checked="", n_files=1, n_bytes=4)


def test_a_receipt_is_read_as_it_was_written(tmp_path):
    write_receipt(tmp_path, RECEIPT)

    assert read_receipt(tmp_path, "fsdd") == RECEIPT
    assert read_receipt(tmp_path, "esc50") is None


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"name": "fsdd"}'])
def test_a_damaged_receipt_is_none(tmp_path, text):
    (tmp_path / ".fetched.json").write_text(text)

    assert read_receipt(tmp_path, "fsdd") is None


def test_a_folder_that_is_as_it_was_has_not_changed(tmp_path):
    write_receipt(tmp_path, RECEIPT)
    (tmp_path / "a").write_text("four")

    assert changed_since(tmp_path, RECEIPT) == ""
    (tmp_path / "a").write_text("five!")
    assert changed_since(tmp_path, RECEIPT) == "5 bytes instead of 4"
