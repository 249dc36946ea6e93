"""Ids that llama.cpp gives to strings, by a file that holds a vocabulary and no weights.

Run by `benchmarks/tokenizer_exactness.py` with the interpreter of an environment that has llama-cpp-python and gguf. Standard
input: JSON with `strings`, `parse_special`, and either `gguf`, a file that is there already, or what is written to one: `entries`
(text, score and type of each id, as llama.cpp's converter takes them) and `special` (end of document, padding and unknown, by
id). Standard output: JSON with the ids of each string, and the bytes they stand for as Latin-1, a character a byte. With
`template`, the strings are conversations: lists of messages, which llama-cpp-python writes by that chat template.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gguf  # type: ignore[import-not-found]
import llama_cpp  # type: ignore[import-not-found]
from llama_cpp.llama_chat_format import Jinja2ChatFormatter  # type: ignore[import-not-found]

# What the converter does not write for Qwen3; without it llama.cpp puts a space before every text.
OVERRIDES = {"tokenizer.ggml.add_space_prefix": False}


def write_vocabulary(path: Path, entries: list[tuple[str, float, int]], special: dict[str, int]) -> None:
    """Write what llama.cpp's converter (convert_hf_to_gguf.py --vocab-only) writes of a vocabulary."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text.encode() for text, _, _ in entries])
    writer.add_token_scores([score for _, score, _ in entries])
    writer.add_token_types([kind for _, _, kind in entries])
    writer.add_bos_token_id(special["end_of_document"])
    writer.add_eos_token_id(special["end_of_document"])
    writer.add_pad_token_id(special["padding"])
    writer.add_unk_token_id(special["unknown"])
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def written(template: str, conversations: list[Any]) -> list[str]:
    """Each conversation as llama-cpp-python writes it, whose end calls for an answer."""
    formatter = Jinja2ChatFormatter(template=template, eos_token="", bos_token="")
    return [formatter(messages=messages).prompt for messages in conversations]


def encode(path: Path, strings: list[str], parse_special: bool) -> tuple[list[list[int]], list[str]]:
    """Ids of each string, and the bytes that they stand for."""
    model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False, kv_overrides=OVERRIDES)
    ids = [model.tokenize(string.encode(), add_bos=False, special=parse_special) for string in strings]
    back = [model.detokenize(one, special=True).decode("latin-1") for one in ids]
    return ids, back


def main() -> None:
    asked: dict[str, Any] = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(asked.get("gguf") or Path(folder) / "vocabulary.gguf")
        if "entries" in asked:
            write_vocabulary(path, asked["entries"], asked["special"])
        strings = written(asked["template"], asked["strings"]) if "template" in asked else asked["strings"]
        ids, back = encode(path, strings, asked["parse_special"])
    versions = {library: version(library) for library in ("llama-cpp-python", "gguf")}
    json.dump({"ids": ids, "back": back, "versions": versions}, sys.stdout)


if __name__ == "__main__":
    main()
