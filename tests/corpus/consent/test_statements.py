"""Statements beside robots.txt: the AIPREF vocabulary, TDMRep's file, headers and meta elements."""

import json

import pytest

from soofi.corpus.consent.page import header_statements, meta_statements
from soofi.corpus.consent.preferences import usage_preference
from soofi.corpus.consent.tdmrep import TdmFile
from tests.corpus.consent.deciding import decided

AGENTS = {"gptbot", "google-extended"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [  # draft-ietf-aipref-vocab, sections 6 and 6.5
        ("train-ai=n", "train-ai=n"),
        ("train-ai=y, search=n", "train-ai=y"),
        ('train-ai=y, train-ai, search=n, search="n"', None),
        ("train-ai;allow=n, train-ai=y", "train-ai=y"),
        ('train-ai;has;parameters="?";', None),
        ("train-ai=n;until=@1767225600;why=(a b)", None),  # parameters hold no lists: no dictionary
        ("train-ai=n;until=@1767225600", "train-ai=n"),
        ("Train-AI=n", None),
        ("train-ai=N", None),
        ('train-ai="n"', None),
        ("train-ai=n,", None),
        ("train-ai=n  ,\tsearch=y", "train-ai=n"),
        ("train-ai=n search=y", None),
        ('x=("a" b;q=1), y=:aGk=:, z=?1, w=-1.5, train-ai=n', "train-ai=n"),
        ("", None),
        ("search=n", None),
    ],
)
def test_usage_preferences(expression: str, expected: str | None) -> None:
    assert usage_preference(expression, ["train-ai"]) == expected


def test_the_narrowest_category_that_is_stated_decides() -> None:
    categories = ["train-genai", "train-ai"]
    assert usage_preference("train-ai=n, train-genai=y", categories) == "train-genai=y"
    assert usage_preference("train-ai=n", categories) == "train-ai=n"


def find(rules: object, path: str) -> bool | None:
    body = rules if isinstance(rules, bytes) else json.dumps(rules).encode()
    file = TdmFile(body)
    place = decided([file.table], path)
    return None if place is None else file.rules[place].is_reserved


TDM_EXAMPLE = [
    {"location": "/directory-a/", "tdm-reservation": 1},
    {
        "location": "/directory-b/html/",
        "tdm-reservation": 1,
        "tdm-policy": "https://provider.com/policies/policy.json",
    },
    {"location": "/directory-b/images/*.jpg", "tdm-reservation": 0},
]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/directory-a/x.pdf", True),
        ("/directory-b/html/x.html", True),
        ("/directory-b/images/a/b.jpg", False),
        ("/directory-b/images/b.png", None),
        ("/", None),
    ],
)
def test_the_examples_of_tdmrep(path: str, expected: bool | None) -> None:
    assert find(TDM_EXAMPLE, path) is expected
    assert find([{"location": "/", "tdm-reservation": 1}], path) is True


def test_of_tdmrep_rules_the_first_counts_not_the_longest() -> None:
    rules = [{"location": "/", "tdm-reservation": 0}, {"location": "/a/", "tdm-reservation": 1}]
    assert find(rules, "/a/b") is False
    assert find(rules[::-1], "/a/b") is True


def test_rules_that_say_nothing_are_passed_over() -> None:
    rules = [
        7,
        {"location": "/"},
        {"location": "/", "tdm-reservation": 2},
        {"location": "/", "tdm-reservation": True},
    ]
    assert find(rules, "/") is None
    assert find([*rules, {"location": "/x$", "tdm-reservation": "1"}], "/x") is True
    assert find({"location": "/", "tdm-reservation": 1}, "/") is True
    assert find(b'\xef\xbb\xbf[{"location": "/foo-%24", "tdm-reservation": 1}]', "/foo-%24") is True


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"7", b"[" * 100_000, b" " * (2 << 20)])
def test_what_is_no_tdmrep_file(body: bytes) -> None:
    with pytest.raises(ValueError):
        TdmFile(body)


def said(headers: object) -> list[tuple[str, bool, str]]:
    written = headers if isinstance(headers, str) else json.dumps(headers)
    statements = header_statements(written, AGENTS, ["train-ai"], {"noai"})
    return [(statement.kind, statement.refuses, statement.written) for statement in statements]


def test_headers() -> None:
    assert said({"x-robots-tag": "noindex, NoAI"}) == [("robots_tags", True, "noai")]
    assert said({"x-robots-tag": ["nofollow", "noimageai"]}) == []
    assert said({"x-robots-tag": "googlebot: noai, nofollow"}) == []
    assert said({"x-robots-tag": "googlebot: noindex, GPTBot: noai"}) == [("robots_tags", True, "noai")]
    assert said({"x-robots-tag": "unavailable_after: 25 Jun 2026 15:00:00 GMT, noai"}) == [
        ("robots_tags", True, "noai")
    ]
    assert said({"content-usage": "train-ai=n"}) == [("content_usage", True, "train-ai=n")]
    assert said({"content-usage": ["search=y", "train-ai=y"]}) == [("content_usage", False, "train-ai=y")]
    assert said({"content-signal": "ai-train=no"}) == [("content_signal", True, "ai-train=no")]
    assert said({"tdm-reservation": "1", "tdm-policy": "https://x"}) == [
        ("tdmrep", True, "tdm-reservation: 1")
    ]
    assert said({"tdm-reservation": "0"}) == [("tdmrep", False, "tdm-reservation: 0")]
    assert said({"tdm-reservation": 1, "x-robots-tag": None}) == []
    assert said("no JSON") == said("[1]") == said({}) == []


def meta(head: str) -> list[tuple[str, str]]:
    return [(s.found_at, s.written) for s in meta_statements(head.encode(), AGENTS, {"noai"})]


def test_meta_elements() -> None:
    assert meta('<meta name="robots" content="noai, noimageai">') == [("meta robots", "noai")]
    assert meta("<META NAME='Robots'\n CONTENT='all,NOAI'/>") == [("meta robots", "noai")]
    assert meta("<meta content=noai name=gptbot>") == [("meta gptbot", "noai")]
    assert meta('<meta name="googlebot" content="noai">') == []
    assert meta('<meta name="tdm-reservation" content="1">') == [
        ("meta tdm-reservation", "tdm-reservation: 1")
    ]
    assert meta('<meta name="tdm-reservation" content="&#49;">') == [
        ("meta tdm-reservation", "tdm-reservation: 1")
    ]
    assert meta('<!-- <meta name="robots" content="noai"> --><meta name="robots" content="index">') == []
    assert meta('<metadata name="robots" content="noai"><meta name="robots"><meta') == []
