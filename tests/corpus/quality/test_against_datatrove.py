"""datatrove's own four filters, given our words, drop the same documents: real prose of 24 languages, whole and spoilt.

Its splitters need spaCy, which is no dependency of ours; benchmarks/corpus_peers/quality.py compares with them.
"""

import json
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from datatrove.utils.word_tokenizers import WordTokenizer

from soofi.corpus.quality.measure import words_of
from soofi.corpus.quality.terms import terms_of
from soofi.recipe import EU_OFFICIAL, Quality
from tests.corpus.quality.reference import sentence_count
from tests.corpus.quality.test_rules import judged

ROOT = Path(__file__).parents[3]


class OurWords(WordTokenizer):
    """Our words and sentences, as datatrove asks for them."""

    def __init__(self, rules: Quality, language: str):
        super().__init__(language)
        self.terms = terms_of(rules, language)

    def word_tokenize(self, text: str) -> list[str]:
        return words_of(text, self.terms)

    def sent_tokenize(self, text: str) -> list[str]:
        return [text] * len(self.span_tokenize(text))

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """As many spans as there are sentences, which is all that C4's filter looks at."""
        return [(0, len(text))] * sentence_count([words_of(run, self.terms) for run in text.split()])


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import corpus_peers.quality

    return corpus_peers.quality


def spoilt(text: str, random: Random) -> list[str]:
    """A text as it is, and as the web has such texts: cut, repeated, in lists, with rests of markup and banners."""
    lines, words = text.split("\n"), text.split()
    some = random.sample(words, min(len(words), 12))
    return [
        text,
        text[: len(text) // 3],
        "\n".join(text.split(". ")),
        "\n".join(f"- {line}" for line in lines if line),
        text + "\n" + "\n".join(lines[:2] * random.randint(1, 3)),
        " ".join(words + words[: len(words) // random.randint(2, 9)]),
        "\n".join(" ".join(words[i : i + 4]) for i in range(0, len(words), 4)),
        text.replace(". ", "... ") + "\n" + "…\n".join(words[:9]),
        text + "\nif (a) { return; }" if random.random() < 0.5 else "{ x }\n" + text,
        " ".join(word if random.random() < 0.7 else str(random.randint(1, 9999)) for word in words),
        "\n\n".join([*lines, " ".join(some), "Lorem ipsum dolor sit amet.", *lines[-1:]]),
        "\n".join([" ".join(some), *(line for line in lines for _ in range(random.randint(1, 2)))]),
    ]


@pytest.mark.parametrize("language", EU_OFFICIAL)
def test_the_same_documents_are_dropped_by_the_same_filter(peer: ModuleType, language: str) -> None:
    random = Random(language)
    path = ROOT / "tests/data/texts" / f"{language}.jsonl"
    whole = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [one for text in [*whole, "\n\n".join(whole)] for one in spoilt(text, random)]
    rules = peer.four_filters_only(peer.published_rules().quality_by_language[language])
    filters = peer.datatrove_filters(OurWords(rules, language), rules)
    expected = [list(peer.datatrove_reasons(text, filters, rules)) for text in texts]
    for name, of_filter in zip(peer.FILTERS, zip(*expected, strict=True), strict=True):
        others = {
            part: type(getattr(rules, part))() for part in ("repetition", "gopher", "fineweb") if part != name
        }
        if name != "c4":
            others["c4"] = rules.c4.model_copy(update=dict.fromkeys(THRESHOLDS_OF_C4))
        rows = judged(texts, rules.model_copy(update=others), language)
        assert [row["reason"] is None for row in rows] == [reason is None for reason in of_filter], name
    dropped = [reason for reasons in expected for reason in reasons if reason]
    assert len(set(dropped)) >= 6, "the texts try too few of the rules"


THRESHOLDS_OF_C4 = ("minimum_sentences", "maximum_refused_phrase_lines", "maximum_curly_bracket_lines")
