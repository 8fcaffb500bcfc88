"""The table of findings names every claim that the source can make, and no other."""

import ast
import re
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "explanation" / "findings.md"


def pattern_of(node: ast.expr) -> str:
    """A string with ``*`` for what is put in, up to the colon."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts)
    return text.partition(":")[0]


def claims_in(source: str) -> set[str]:
    """What stands before the colon in the ids of all findings that a module makes."""
    found = set()
    for call in ast.walk(ast.parse(source)):
        name = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
        if name == "make_finding":
            found.add(pattern_of(call.args[1]))
        elif name == "Finding":
            found |= {pattern_of(given.value) for given in call.keywords if given.arg == "id"}
    return found - {"*"}  # make_finding itself


def test_claims_are_read_off_the_calls() -> None:
    source = """
Finding(id=f"accuracy:{split}", sentence="")
Finding(id="agreement", sentence="")
Finding(id=f"confused_{how}", sentence="")
make_finding(bank, "drift", "")
"""

    assert claims_in(source) == {"accuracy", "agreement", "confused_*", "drift"}


def test_the_table_names_every_finding_of_the_source_and_no_other() -> None:
    files = [path for room in ("cnnviz", "reports") for path in (ROOT / room).rglob("*.py")]
    claims = set().union(*(claims_in(path.read_text("utf-8")) for path in files))

    section = TABLE.read_text("utf-8").partition("## Every finding")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)

    assert len(listed) == len(set(listed))
    assert [claim for claim in claims if not any(fnmatchcase(n, claim) for n in listed)] == []
    assert [name for name in listed if not any(fnmatchcase(name, c) for c in claims)] == []
