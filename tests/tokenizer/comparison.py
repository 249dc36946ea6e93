"""Do all readers of one vocabulary agree on a list of strings? Counted, for the test and the benchmark alike."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import sentencepiece
import transformers
from tokenizers import Tokenizer

from soofi.tokenizer import SentencePieceTokenizer
from tests.tokenizer.adversarial import SPACE_MARK, Material

SHOWN = 5


@dataclass
class Comparison:
    """Faults by sort and then by kind of string; `examples`: the first strings of each sort."""

    strings: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    tokens: int = 0
    faults: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, sort: str, kind: str, string: str) -> None:
        self.faults.setdefault(sort, Counter())[kind] += 1
        self.examples.setdefault(sort, [])
        if len(self.examples[sort]) < SHOWN:
            self.examples[sort].append(string)


@dataclass(frozen=True)
class Readers:
    """Everything that reads one vocabulary; `special` are its control entries and <unk> by their ids."""

    own: SentencePieceTokenizer
    stock: sentencepiece.SentencePieceProcessor
    converted: Tokenizer
    auto: transformers.PreTrainedTokenizerFast
    special: dict[int, str]
    entries: list[str]

    @classmethod
    def open(cls, directory: Path) -> "Readers":
        stock = sentencepiece.SentencePieceProcessor(model_file=str(directory / "tokenizer.model"))
        pieces = {id: stock.id_to_piece(id) for id in range(stock.get_piece_size())}
        special = {id: piece for id, piece in pieces.items() if stock.is_control(id) or stock.is_unknown(id)}
        converted = Tokenizer.from_file(str(directory / "tokenizer.json"))
        converted.encode_special_tokens = True  # read text as text
        return cls(
            SentencePieceTokenizer(directory),
            stock,
            converted,
            transformers.AutoTokenizer.from_pretrained(directory, local_files_only=True),
            special,
            [
                piece.replace(SPACE_MARK, " ")
                for id, piece in pieces.items()
                if id not in special and not stock.is_byte(id)
            ],
        )

    def material(self, texts: Sequence[str]) -> Material:
        return Material(list(self.special.values()), self.entries, texts)


def compare(readers: Readers, strings: Iterable[tuple[str, str]], batch: int = 2048) -> Comparison:
    """Encode every string with all readers and decode it again; strings are pairs of a kind and the string."""
    found = Comparison()
    strings = iter(strings)
    while part := list(islice(strings, batch)):
        _compare(readers, part, found)
    return found


def _compare(readers: Readers, part: list[tuple[str, str]], found: Comparison) -> None:
    texts = [text for _, text in part]
    ids_of = readers.own.encode_batch(texts)
    as_text = readers.auto(texts, split_special_tokens=True)["input_ids"]
    as_prompt = readers.auto(texts)["input_ids"]
    plain = [encoding.ids for encoding in readers.converted.encode_batch(texts, add_special_tokens=False)]
    without_mark = [text.replace(SPACE_MARK, "") for text in texts]
    stock = readers.stock.encode(without_mark)
    own_without_mark = readers.own.encode_batch(without_mark)
    back = readers.converted.decode_batch(ids_of, skip_special_tokens=False)
    stock_back = readers.stock.decode(ids_of)
    for place, (kind, text) in enumerate(part):
        ids = ids_of[place]
        found.strings[kind] += 1
        found.characters += len(text)
        found.tokens += len(ids)
        spells_none = not any(token in text for token in readers.special.values())
        for sort, wrong in (
            ("tokenizer.json has other ids", plain[place] != ids),
            ("AutoTokenizer has other ids", as_text[place] != ids),
            ("AutoTokenizer without options has other ids", spells_none and as_prompt[place] != ids),
            ("SentencePiece alone has other ids", stock[place] != own_without_mark[place]),
            ("not given back by tokenizer.model", readers.own.decode(ids) != text),
            ("not given back by SentencePiece alone", stock_back[place] != text),
            ("not given back by tokenizer.json", back[place] != text),
            ("a control entry came out of text", not readers.special.keys().isdisjoint(ids)),
        ):
            if wrong:
                found.note(sort, kind, text)


def read_texts(paths: Iterable[Path]) -> list[str]:
    """The texts of JSON Lines files."""
    lines = (line for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line)
    return [json.loads(line)["text"] for line in lines]
