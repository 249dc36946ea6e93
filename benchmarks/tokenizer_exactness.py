"""Whether all readers of a vocabulary give the same ids: SentencePiece, `tokenizers`, `transformers`, and llama.cpp.

    .venv/bin/python benchmarks/tokenizer_exactness.py NAME=TOKENIZER_DIRECTORY…

100,000 random strings a vocabulary, of the kinds in tests/tokenizer/adversarial.py; every one is encoded by soofi, by
`tokenizer.json` through `tokenizers` and through `transformers.AutoTokenizer`, and by SentencePiece alone, and decoded again.

The first 1,000 strings go through llama.cpp too, as text and as prompts that spell special tokens, where there is an environment
with it (it is built from source, which takes a while):

    python -m venv .venv-llama
    .venv-llama/bin/pip install gguf llama-cpp-python --no-binary llama-cpp-python
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from result_file import write_result
from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.tokenizer.adversarial import SPACE_MARK, strings  # noqa: E402 - found by the line above
from tests.tokenizer.comparison import Readers, compare, read_texts  # noqa: E402

SEED = 1
LLAMA_CPP_STRINGS = 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("vocabularies", nargs="+", metavar="NAME=DIRECTORY")
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--llama-cpp",
        type=Path,
        default=ROOT / ".venv-llama/bin/python",
        metavar="PYTHON",
        help="interpreter of the environment with llama-cpp-python and gguf",
    )
    parser.add_argument(
        "--gguf",
        nargs="*",
        default=[],
        metavar="NAME=FILE",
        help="GGUF files that llama.cpp's converter made of these vocabularies, used in place of our own",
    )
    parser.add_argument("--output", default="tokenizer_exactness", help="name of the result")
    arguments = parser.parse_args()
    texts = read_texts(sorted((ROOT / "tests/data/texts").glob("*.jsonl")))
    results = {}
    files = dict(pair.split("=", 1) for pair in arguments.gguf)
    for vocabulary in arguments.vocabularies:
        name, _, directory = vocabulary.partition("=")
        results[name] = measured(Path(directory), texts, arguments.strings, arguments.seed)
        if arguments.llama_cpp.is_file():
            results[name]["llama_cpp"] = beside_llama_cpp(
                LlamaCpp(arguments.llama_cpp, Path(directory), files.get(name)), texts, arguments.seed
            )
        print(name, json.dumps(results[name], ensure_ascii=False, indent=1), flush=True)
    write_result(
        arguments.output,
        {
            "tokenizers": version("tokenizers"),
            "seed": arguments.seed,
            "strings_a_vocabulary": arguments.strings,
            "vocabularies": results,
        },
    )


def measured(directory: Path, texts: list[str], count: int, seed: int) -> dict[str, Any]:
    """The comparison of one vocabulary."""
    readers = Readers.open(directory)
    began = time.process_time()
    found = compare(readers, strings(seed, count, readers.material(texts)))
    return {
        "entries": readers.own.vocabulary_size,
        "sha256": {
            name: hashlib.sha256((directory / name).read_bytes()).hexdigest()
            for name in ("tokenizer.model", "tokenizer.json", "tokenizer_config.json")
        },
        "strings": dict(found.strings),
        "characters": found.characters,
        "tokens": found.tokens,
        "faults": {sort: dict(kinds) for sort, kinds in found.faults.items()},
        "examples": found.examples,
        "cpu_seconds": round(time.process_time() - began, 1),
    }


@dataclass(frozen=True)
class LlamaCpp:
    """llama.cpp with a vocabulary, in the environment of the interpreter `python`; `gguf`: the converter's file, if given."""

    python: Path
    directory: Path
    gguf: str | None

    def encode(self, texts: list[Any], parse_special: bool, template: str | None = None) -> dict[str, Any]:
        """The answer of `llama_cpp_ids.py`; with a chat template, `texts` are conversations."""
        chats = {"template": template} if template else {}
        vocabulary = {"gguf": self.gguf} if self.gguf else self._as_the_converter_reads_it()
        answer = subprocess.run(
            [self.python, ROOT / "benchmarks/llama_cpp_ids.py"],
            input=json.dumps({**vocabulary, **chats, "strings": texts, "parse_special": parse_special}),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
        )  # fmt: skip
        result: dict[str, Any] = json.loads(answer.stdout)
        return result

    def _as_the_converter_reads_it(self) -> dict[str, Any]:
        """User-defined entries of tokenizer.model are normal ones to it, but for those that tokenizer_config.json names."""
        model = ModelProto.FromString((self.directory / "tokenizer.model").read_bytes())
        kinds = ModelProto.SentencePiece
        entries = [
            [one.piece, one.score, kinds.NORMAL if one.type == kinds.USER_DEFINED else one.type]
            for one in model.pieces
        ]
        config = json.loads((self.directory / "tokenizer_config.json").read_text(encoding="utf-8"))
        for id, token in config.get("added_tokens_decoder", {}).items():
            entries[int(id)] = [
                token["content"],
                -1000.0,
                kinds.CONTROL if token["special"] else kinds.USER_DEFINED,
            ]
        ids = {text: id for id, (text, _, _) in enumerate(entries)}
        special = {"end_of_document": ids["<eod>"], "padding": ids["<pad>"], "unknown": ids["<unk>"]}
        return {"entries": entries, "special": special}


def beside_llama_cpp(llama_cpp: LlamaCpp, texts: list[str], seed: int) -> dict[str, Any]:
    """llama.cpp's ids beside ours, on strings of the same sequence: read as text, and as prompts with special tokens.

    Strings with a literal U+2581 are counted apart: llama.cpp cannot tell it from a space.
    """
    readers = Readers.open(llama_cpp.directory)
    drawn = [text for _, text in strings(seed, 2 * LLAMA_CPP_STRINGS, readers.material(texts))]
    marked = [text for text in drawn if SPACE_MARK in text]
    plain = [text for text in drawn if SPACE_MARK not in text][:LLAMA_CPP_STRINGS]
    as_text = llama_cpp.encode(plain, parse_special=False)
    as_prompts = llama_cpp.encode(plain, parse_special=True)
    of_marked = llama_cpp.encode(marked, parse_special=False)
    own = readers.own.encode_batch(plain)
    chats = conversations(
        [text for text in plain if not any(token in text for token in readers.special.values())]
    )
    template = readers.auto.chat_template
    of_chats = llama_cpp.encode(chats, True, template) if template else {"ids": []}
    own_chats = [
        readers.auto.apply_chat_template(chat, add_generation_prompt=True)["input_ids"]
        for chat in (chats if template else [])
    ]
    return {
        "versions": as_text["versions"],
        "file": "by llama.cpp's converter" if llama_cpp.gguf else "by benchmarks/llama_cpp_ids.py",
        "strings": len(plain),
        "other_ids": unequal(own, as_text["ids"]),
        "other_ids_as_prompts": unequal(readers.auto(plain)["input_ids"], as_prompts["ids"]),
        "prompts_with_special_ids": unequal(own, as_prompts["ids"]),
        "chats": len(own_chats),
        "chats_with_other_ids": unequal(own_chats, of_chats["ids"]),
        "not_given_back": unequal([_bytes(text) for text in plain], as_text["back"]),
        "examples": [
            text for text, ours, theirs in zip(plain, own, as_text["ids"], strict=True) if ours != theirs
        ][:5],
        "with_a_literal_space_mark": {
            "strings": len(marked),
            "other_ids": unequal(readers.own.encode_batch(marked), of_marked["ids"]),
            "given_back_with_spaces_instead": len(marked)
            - unequal([_bytes(text.replace(SPACE_MARK, " ")) for text in marked], of_marked["back"]),
        },
    }


def conversations(texts: list[str]) -> list[list[dict[str, str]]]:
    """All the texts, said by turns in conversations of up to five messages."""
    roles = ("system", "user", "assistant", "user", "assistant")
    return [
        [{"role": role, "content": text} for role, text in zip(roles, texts[start:], strict=False)]
        for start in range(0, len(texts), len(roles))
    ]


def _bytes(text: str) -> str:
    return text.encode().decode("latin-1")


def unequal(some: list[Any], others: list[Any]) -> int:
    return sum(one != other for one, other in zip(some, others, strict=True))


if __name__ == "__main__":
    main()
