"""robots.txt: the examples of RFC 9309 and of the AIPREF drafts as facts, the laws of matching as properties."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from soofi.corpus.consent.addresses import canonical, host_key
from soofi.corpus.consent.patterns import Table, canonical_pattern
from soofi.corpus.consent.robots import READ_BYTES, Robots, Rule
from tests.corpus.consent.deciding import decided

CATEGORIES = ["train-ai"]


def refusal(robots: Robots, path: str) -> Rule | None:
    """The rule that refuses a path, or None."""
    rules = [rule for said in robots.rules for rule in said.rules]
    place = decided([said.table for said in robots.rules], path)
    return None if place is None or not rules[place].refuses else rules[place]


def refused(body: str | bytes, agent: str, path: str) -> bool:
    data = body if isinstance(body, bytes) else body.encode()
    return refusal(Robots(data, [agent], CATEGORIES), path) is not None


SIMPLE = """
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""


@pytest.mark.parametrize(
    ("agent", "path", "expected"),
    [
        ("otherbot", "/a/picture.gif", True),
        ("otherbot", "/a/picture.gif?size=1", False),
        ("otherbot", "/example/text", True),
        ("otherbot", "/publications/text", False),
        ("otherbot", "/elsewhere", False),
        ("foobot", "/", True),
        ("foobot", "/publications/text", True),  # the group of * is not added to a group of one's own
        ("foobot", "/example/page.html", False),
        ("FooBot", "/example/allowed.gif", False),
        ("barbot", "/example/page.html", True),
        ("bazbot", "/example/page.html", True),
        ("barbot", "/example/other.gif", False),
        ("quxbot", "/example/page.html", False),
    ],
)
def test_rfc_9309_section_5_1(agent: str, path: str, expected: bool) -> None:
    assert refused(SIMPLE, agent, path) is expected


def test_rfc_9309_section_5_2_longest_match() -> None:
    body = "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n"
    assert refused(body, "foobot", "/example/page/disallowed.gif")
    assert not refused(body, "foobot", "/example/page/other.gif")


def test_rfc_9309_figures_2_and_3_groups() -> None:
    merged = (
        "user-agent: ExampleBot\ndisallow: /foo\ndisallow: /bar\n\nuser-agent: ExampleBot\ndisallow: /baz\n"
    )
    assert [refused(merged, "ExampleBot", path) for path in ("/foo", "/bar", "/baz", "/qux")] == [
        True,
        True,
        True,
        False,
    ]
    fallback = "user-agent: *\ndisallow: /foo\ndisallow: /bar\n\nuser-agent: BazBot\ndisallow: /baz\n"
    assert [refused(fallback, "ExampleBot", path) for path in ("/foo", "/bar", "/baz")] == [True, True, False]
    assert [refused(fallback, "bazbot", path) for path in ("/foo", "/bar", "/baz")] == [False, False, True]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [  # figure 4: what is compared is equal
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz"),
        ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"),
        ("/foo/bar?baz=https%3a%2F%2ffoo.bar", "/foo/bar?baz=https://foo.bar"),
        ("/foo/bar/\u30c4", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%E3%83%84", "/foo/bar/\u30c4"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
        # figure 5
        ("/this/path/exactly$", "/this/path/exactly"),
        ("/this/*/exactly", "/this/one/or/more/exactly"),
        # figure 6
        ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html"),
        ("/path/foo-%24", "/path/foo-$"),
    ],
)
def test_rfc_9309_figures_4_to_6_match(pattern: str, path: str) -> None:
    assert refused(f"user-agent: *\ndisallow: {pattern} # comment in line\n", "bot", path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/this/path/exactly$", "/this/path/exactly/not"),
        ("/path/file-with-a-%2A.html", "/path/file-with-a-b.html"),
        ("/a%2Fb", "/a/b"),  # an escaped slash separates nothing
        ("/Case", "/case"),
        ("/ab*ab$", "/ab"),  # parts do not overlap
        ("/x$", "/x$more"),
    ],
)
def test_what_does_not_match(pattern: str, path: str) -> None:
    assert not refused(f"user-agent: *\ndisallow: {pattern}\n", "bot", path)


def test_other_lines_do_not_end_a_group() -> None:
    body = "User-agent: a\nCrawl-delay: 5\nSitemap: https://x.eu/map.xml\nUser-agent: b\nSitemap: /y\nDisallow: /\n"
    assert refused(body, "a", "/x")
    assert refused(body, "b", "/x")


def test_an_allow_of_equal_length_wins_and_an_empty_disallow_is_none() -> None:
    assert not refused("User-agent: *\nDisallow: /x\nAllow: /x\n", "a", "/x")
    assert not refused("User-agent: *\nDisallow:\n", "a", "/x")


def test_bytes_as_they_come() -> None:
    assert refused(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\r\n", "a", "/x")
    assert refused(b"user-agent: gptbot/1.1 (by somebody)\rdisallow: /p\x00q\r", "GPTBot", "/p%00q")
    assert refused("User-agent: *\nDisallow: /caf\u00e9".encode("latin-1") + b"\nDisallow: /y", "a", "/y")


@pytest.mark.parametrize(
    "body",
    [
        bytes(range(256)) * 40,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 5000,
        b"<!DOCTYPE html>\n<p>Not found: sorry</p>\n",
    ],
)
def test_what_is_no_robots_file_says_nothing(body: bytes) -> None:
    robots = Robots(body, ["GPTBot"], CATEGORIES)
    assert not robots.is_readable
    assert refusal(robots, "/") is None


def test_of_a_huge_file_the_first_500_kib_count_and_the_line_cut_there_does_not() -> None:
    head = b"User-agent: *\nDisallow: /early\n"
    filler = b"# " + b"x" * 97 + b"\n"
    body = head + filler * ((READ_BYTES - len(head)) // len(filler))
    body += (
        b"#" * (READ_BYTES - len(body) - len(b"\nDisallow: /c")) + b"\nDisallow: /cut-here\nDisallow: /late\n"
    )
    assert body[:READ_BYTES].endswith(b"/c")
    robots = Robots(body + filler * 100_000, ["a"], CATEGORIES)
    assert robots.is_cut
    assert refusal(robots, "/early")
    assert refusal(robots, "/c") is None
    assert refusal(robots, "/late") is None


def test_the_wildcard_group_can_be_ignored_but_its_statement_about_use_cannot() -> None:
    body = b"User-agent: *\nDisallow: /\nContent-Usage: /texts/ train-ai=n\n"
    assert refusal(Robots(body, ["GPTBot"], CATEGORIES, wildcard_refuses=True), "/a")
    ignoring = Robots(body, ["GPTBot"], CATEGORIES, wildcard_refuses=False)
    assert refusal(ignoring, "/a") is None
    assert refusal(ignoring, "/texts/a").kind == "content_usage"


def test_one_agent_that_is_refused_is_enough_and_is_named() -> None:
    body = b"User-agent: CCBot\nDisallow: /\n\nUser-agent: *\nAllow: /\n"
    robots = Robots(body, ["GPTBot", "CCBot"], CATEGORIES)
    assert refusal(robots, "/x").written == "Disallow: /"
    assert [(rules.agent, rules.rules[0].written) for rules in robots.rules] == [
        ("*", "Allow: /"), ("CCBot", "Disallow: /"),
    ]  # fmt: skip
    # A token that only begins like another is another.
    assert not refused("User-agent: Applebot\nDisallow: /\n", "Applebot-Extended", "/x")


AIPREF = """
User-Agent: *
Allow: /
Disallow: /never/
Content-Usage: train-ai=n
Content-Usage: /ai-ok/ train-ai=y

User-Agent: ExampleBot
Allow: /
Content-Usage: train-ai=y
"""


@pytest.mark.parametrize(
    ("agent", "path", "expected"),
    [
        ("OtherBot", "/test", "Content-Usage: / train-ai=n"),
        ("OtherBot", "/never/test", "Disallow: /never/"),
        ("OtherBot", "/ai-ok/test", None),
        ("ExampleBot", "/test", None),
        ("ExampleBot", "/never/test", None),
    ],
)
def test_the_example_of_the_aipref_draft(agent: str, path: str, expected: str | None) -> None:
    found = refusal(Robots(AIPREF.encode(), [agent], CATEGORIES), path)
    assert (found and found.written) == expected


def test_conflicting_uses_of_one_path_are_refused() -> None:
    body = "User-agent: *\nContent-Usage: /a train-ai=y\nContent-Usage: /a\ttrain-ai=n, search=y # note\n"
    assert refused(body, "bot", "/a/b")
    assert not refused(body, "bot", "/b")


def test_content_signal_of_the_managed_robots_files() -> None:
    body = "User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n"
    assert (
        refusal(Robots(body.encode(), ["GPTBot"], CATEGORIES), "/x").written
        == "Content-Signal: / ai-train=no"
    )
    assert not refused("User-agent: *\nContent-Signal: search=no,ai-train=yes\n", "GPTBot", "/x")


def test_hosts_are_written_in_one_way() -> None:
    assert host_key("WWW.Example.EU:443") == host_key("www.example.eu.") == "www.example.eu"
    assert host_key("bücher.example:8080") == "xn--bcher-kva.example:8080"
    assert host_key("\u2024" * 70) != ""


PIECES = st.sampled_from(["/", "a", "b", "ab", "*", "$", "?", "=", "%41", "%2F", "%2a", ".", "é", "c/"])
PATTERNS = st.lists(PIECES, max_size=6).map("".join).map(lambda text: f"/{text}")
PATHS = (
    st.lists(st.sampled_from(["/", "a", "b", "ab", "*", "$", "?", "=", ".", "é", "c/", "%2F"]), max_size=9)
    .map("".join)
    .map(lambda text: f"/{text}")
)
RULES = st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), PATTERNS), max_size=6)


def matches(pattern: str, path: str) -> bool:
    """The plainest reading of 2.2.3, by a regular expression."""
    text = pattern.removesuffix("$")
    expression = ".*".join(map(re.escape, text.split("*"))) + ("$" if pattern.endswith("$") else "")
    return re.match(expression, path, re.DOTALL) is not None


def file_of(rules: list[tuple[str, str]]) -> str:
    return "User-agent: bot\n" + "".join(f"{name}: {pattern}\n" for name, pattern in rules)


@given(RULES, PATHS)
def test_the_longest_match_decides(rules: list[tuple[str, str]], path: str) -> None:
    found = [
        (len(canonical_pattern(pattern)), name == "Allow")
        for name, pattern in rules
        if matches(canonical_pattern(pattern), canonical(path))
    ]
    assert refused(file_of(rules), "bot", path) is (not max(found, default=(0, True))[1])


@given(RULES, PATTERNS, PATHS)
def test_one_more_disallow_never_allows_more(rules: list[tuple[str, str]], pattern: str, path: str) -> None:
    if refused(file_of(rules), "bot", path):
        assert refused(file_of([*rules, ("Disallow", pattern)]), "bot", path)


@given(st.text(max_size=30))
def test_writing_in_one_way_changes_nothing_the_second_time(text: str) -> None:
    once = canonical(f"/{text}")
    assert once.isascii()
    assert canonical(once) == once
    pattern = canonical_pattern(text)
    assert canonical_pattern(pattern) == pattern


@given(st.lists(PATTERNS, max_size=8), PATHS)
def test_ranked_patterns_find_the_first(patterns: list[str], path: str) -> None:
    written = list(map(canonical_pattern, patterns))
    expected = next((place for place, p in enumerate(written) if matches(p, canonical(path))), None)
    assert decided([Table(written, [False] * len(written))], path) == expected


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(body: bytes) -> None:
    refusal(Robots(b"User-agent: *\n" + body, ["bot"], CATEGORIES), "/")


PLAIN = st.lists(st.sampled_from(["/", "a", "b", "ab", "*", "-"]), max_size=6).map(
    lambda parts: "/" + "".join(parts)
)


@given(
    st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), PLAIN), max_size=6),
    PLAIN.map(lambda path: path.replace("*", "ba")),
)
def test_protego_agrees_where_it_follows_the_rfc(rules: list[tuple[str, str]], path: str) -> None:
    expected = Protego.parse(file_of(rules)).can_fetch(f"https://example.eu{path}", "bot")
    assert refused(file_of(rules), "bot", path) is not expected
