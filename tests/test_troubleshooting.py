"""docs/troubleshooting.md quotes what the code says; where a sentence changes, the page must."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "troubleshooting.md"
OF_THE_SYSTEM = {"No space left on device"}


def quoted() -> list[str]:
    """The sentences in the first column of the page's tables; they may hold backticks themselves."""
    rows = re.findall(r"^\| `(.+?)` \| .+ \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [row for row in rows if row not in OF_THE_SYSTEM]


@cache
def said() -> list[str]:
    """Every text in the code with … for its variable parts, and every script as it stands."""
    texts = []
    for path in sorted((REPOSITORY / "soofi").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # Formatted texts that are added up make one sentence.
            if isinstance(node, ast.BinOp | ast.JoinedStr | ast.Constant):
                texts.append(_plain(node))
    for path in sorted((REPOSITORY / "scripts").iterdir()):
        if path.is_file():
            texts.append(path.read_text(encoding="utf-8"))
    return texts


def _plain(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else "…"
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_plain, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _plain(node.left) + _plain(node.right)
    return "…"


def test_the_page_has_sentences() -> None:
    assert len(quoted()) > 60
    assert len(set(quoted())) == len(quoted())


@pytest.mark.parametrize("sentence", quoted())
def test_the_code_still_says_it(sentence: str) -> None:
    parts = [re.escape(part) for part in sentence.split("…")]
    pattern = re.compile(".*?".join(parts), re.DOTALL)
    assert any(pattern.search(text) for text in said()), f"soofi no longer says: {sentence}"
