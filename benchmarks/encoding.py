"""Encoding text, and writing token shards, beside named peers: the same real documents, one core, all sides by turns.

    python benchmarks/encoding.py [--peers DIRECTORY] [--rounds N] [--vocabulary N] [--only PART ...]

PART is `ids` (text in memory to ids) or `shards` (Parquet to token files). A vocabulary is learned from data/sample first. Seconds
are CPU seconds of this process; in every round all sides take turns, ratios are of the same round and their median is told.
Ids of every side are compared with SentencePiece's in the run, on the same documents and on made-up texts that are hard to get right.
`cold`: an encoder that has met no text; `second half`: one that has met the first half of the documents; `again`: one
that has met these very documents. What the peers need beside this environment is put into DIRECTORY (default .venv-encoders), in
which the program then goes on.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sentencepiece
import tokenizers
from corpus_peers.case import Text, sample_texts, text_bytes
from corpus_peers.environment import ADDED, added_versions, enter
from result_file import read_result, write_result

from soofi.ledger import RunDirectory
from soofi.recipe import load_recipe
from soofi.tokenizer import SentencePieceTokenizer, make_tokenizer
from soofi.tokens import Shard
from soofi.tokens.document_encoder import PlainEncoder, fast_encoder
from soofi.tokens.encode_shard import Job, _open, encode_shard

HOME = Path(__file__).resolve().parents[1]
PEERS = (*ADDED, "gigatoken==0.10.0", "kitoken==0.11.1")
BARS = {"ids": 2.5, "shards": 5.0}
"""Least ratio that this project asks of itself: over `tokenizers`' batch encoding, over datatrove's tokenizer step."""
PEER = {"ids": "tokenizers", "shards": "datatrove"}
BATCH_DOCUMENTS = 500
HARD = [
    "<eod>", "<pad>", "<unk>", "<0x41>", "<0x", "▁", "▁▁", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", "\x00", "\x1f", "\u00a0",
    "\u2028", "\ufeff", "e\u0301", "ﬁ", "\u202eabc\u202c", "👩‍👩‍👧", "🇪🇺", "\U0010ffff", "a", "an", "ana", "ss", "==", "---",
    "1", "23", " the", "der ", "ő", "Ω", "щ",
]  # fmt: skip


def main() -> None:
    """Measure, print and write the result after each part."""
    parser = argparse.ArgumentParser(description="Side by side: encoding text.")
    parser.add_argument("--peers", type=Path, default=Path(".venv-encoders"), help="environment of the peers")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    parser.add_argument("--vocabulary", type=int, default=65_536, help="entries")
    parser.add_argument("--only", nargs="+", choices=list(BARS), default=list(BARS))
    chosen = parser.parse_args()
    enter(chosen.peers, PEERS)
    if "--peers" in sys.argv:  # where they lie on this machine is no part of the result
        at = sys.argv.index("--peers")
        del sys.argv[at : at + 2]
    texts = sample_texts(1 << 40)
    with tempfile.TemporaryDirectory(prefix="soofi-encoding-") as place:
        run = RunDirectory(Path(place) / "run")
        write_corpus(run.corpus, texts)
        size = f"tokenizer.vocabulary_size={chosen.vocabulary}"
        recipe = load_recipe(HOME / "recipes" / "smoke.yaml", [size])
        make_tokenizer(recipe, run, {}, print)
        warm = fast_encoder(SentencePieceTokenizer(run.tokenizer), run.tokenizer)
        assert warm is not None
        warm.encode(pa.array(["compilation is no part of what is measured\n"]))
        parts = {"ids": measure_ids, "shards": measure_shards}
        for name in chosen.only:
            figures = {
                "documents": len(texts),
                "bytes": text_bytes(texts),
                "vocabulary": chosen.vocabulary,
                "peer": PEER[name],
                "bar": BARS[name],
                **parts[name](run, texts, chosen.rounds),
            }
            figures["met"] = figures["ratio"] >= BARS[name] and figures["same_ids"]
            print(name, json.dumps(figures), flush=True)
            measured = read_result("encoding").get("parts", {}) | {name: figures}
            write_result(
                "encoding",
                {
                    "peer_environment": added_versions(PEERS),
                    "met": all(part["met"] for part in measured.values()),
                    "parts": measured,
                },
            )


def write_corpus(corpus: Path, texts: Sequence[Text]) -> None:
    """One shard with all languages mixed; one document in fifty is held out."""
    order = list(texts)
    random.Random(2).shuffle(order)
    path = corpus / "sample" / "mul" / "part-00000.parquet"
    path.parent.mkdir(parents=True)
    rows = {"id": [one.id for one in order], "text": [one.text for one in order]}
    rows["split"] = ["validation" if i % 50 == 49 else "train" for i in range(len(order))]
    pq.write_table(pa.table(rows), path, compression="zstd", row_group_size=4096)


def measure_ids(run: RunDirectory, texts: Sequence[Text], rounds: int) -> dict[str, Any]:
    """Text in memory → ids; each side gets text in the form that it takes fastest and keeps its own form of result."""
    tokenizer = SentencePieceTokenizer(run.tokenizer)
    documents = [one.text for one in texts]
    random.Random(1).shuffle(documents)  # languages mixed: none is met all at once
    expected = tokenizer.encode_batch(documents)
    hard = hard_texts()
    expected_hard = tokenizer.encode_batch(hard)
    batches = [
        pa.array(documents[start : start + BATCH_DOCUMENTS])
        for start in range(0, len(documents), BATCH_DOCUMENTS)
    ]
    half = len(batches) // 2
    second_bytes = sum(len(text.as_py().encode()) for batch in batches[half:] for text in batch)
    encode_with = peers(run.tokenizer)
    size = text_bytes(texts)
    rates: dict[str, list[float]] = {}
    for _ in range(rounds):
        encoder = fast_encoder(tokenizer, run.tokenizer)
        assert encoder is not None
        spent = [seconds(partial(encoder.encode, batch)) for batch in batches]
        rates.setdefault("soofi, cold", []).append(size / sum(spent))
        rates.setdefault("soofi, second half", []).append(second_bytes / sum(spent[half:]))
        again = sum(seconds(partial(encoder.encode, batch)) for batch in batches)
        rates.setdefault("soofi, again", []).append(size / again)
        for name, make in encode_with.items():
            encode = make()
            rates.setdefault(name, []).append(size / seconds(partial(encode, documents)))
    ratios = [ours / theirs for ours, theirs in zip(rates["soofi, cold"], rates["tokenizers"], strict=True)]
    encoder = fast_encoder(tokenizer, run.tokenizer)
    assert encoder is not None
    differ = {
        "soofi": (
            count_differences(as_lists(encoder.encode(pa.array(documents))), expected),
            count_differences(as_lists(encoder.encode(pa.array(hard))), expected_hard),
        )
    }
    for name, make in encode_with.items():
        encode = make()
        differ[name] = (
            count_differences(encode(documents), expected),
            count_differences(encode(hard), expected_hard),
        )
    return {
        "ratio": round(median(ratios), 2),
        "ratios": [round(one, 2) for one in ratios],
        "mb_per_cpu_second": {name: round(median(of) / 1e6, 2) for name, of in rates.items()},
        "same_ids": differ["soofi"] == (0, 0),
        "documents_with_other_ids": {name: of[0] for name, of in differ.items()},
        "hard_texts_with_other_ids": {name: of[1] for name, of in differ.items()},
        "hard_texts": len(hard),
    }


def peers(tokenizer: Path) -> dict[str, Callable[[], Callable[[list[str]], Any]]]:
    """Name → what opens it anew."""
    gigatoken, kitoken = import_module("gigatoken"), import_module("kitoken")  # of the peers' environment

    def hugging_face() -> Callable[[list[str]], Any]:
        opened = tokenizers.Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
        opened.encode_special_tokens = True
        return lambda texts: [one.ids for one in opened.encode_batch_fast(texts, add_special_tokens=False)]

    def sentence_piece() -> Callable[[list[str]], Any]:
        opened = sentencepiece.SentencePieceProcessor(model_file=str(tokenizer / "tokenizer.model"))
        return lambda texts: opened.encode(texts, num_threads=1)

    def giga() -> Callable[[list[str]], Any]:
        opened = gigatoken.Tokenizer.from_sentencepiece(str(tokenizer / "tokenizer.model"))
        return lambda texts: opened.encode_batch_list(texts, parallel=False)

    def kito() -> Callable[[list[str]], Any]:
        opened = kitoken.Kitoken.from_tokenizers_file(str(tokenizer / "tokenizer.json"))
        return lambda texts: opened.encode_all(texts, False)

    return {
        "tokenizers": hugging_face,
        "sentencepiece": sentence_piece,
        "gigatoken": giga,
        "kitoken": kito,
    }


def measure_shards(run: RunDirectory, texts: Sequence[Text], rounds: int) -> dict[str, Any]:
    """Parquet → token files, opening of the tokenizer included; ours with digests and comparison."""
    ours, theirs = [], []
    for _ in range(rounds):
        shutil.rmtree(run.tokens, ignore_errors=True)
        _open.cache_clear()
        ours.append(seconds(lambda: write_ours(run)))
        shutil.rmtree(run.path / "datatrove", ignore_errors=True)
        theirs.append(seconds(lambda: write_datatrove(run)))
    ratios = [other / own for own, other in zip(ours, theirs, strict=True)]
    size = text_bytes(texts)
    # Both are compared with SentencePiece, whole; datatrove writes all documents into one file.
    plain = PlainEncoder(SentencePieceTokenizer(run.tokenizer))
    rows = pq.read_table(run.corpus / "sample" / "mul" / "part-00000.parquet")
    same = True
    for split in ("train", "validation"):
        shard = Shard(run.tokens / split / "sample" / "mul" / "part-00000.bin")
        of_split = rows.filter(pc.equal(rows["split"], split))["text"].combine_chunks()
        ids = shard.read(0, shard.tokens)
        same &= np.array_equal(ids, plain.encode(of_split)[0])
    (written,) = (run.path / "datatrove").glob("*.ds")
    expected = plain.encode(rows["text"].combine_chunks())[0]
    same_as_datatrove = np.array_equal(np.fromfile(written, ids.dtype), expected)
    return {
        "ratio": round(median(ratios), 2),
        "ratios": [round(one, 2) for one in ratios],
        "mb_per_cpu_second": {
            "soofi": round(size / median(ours) / 1e6, 2),
            "datatrove": round(size / median(theirs) / 1e6, 2),
        },
        "same_ids": bool(same),
        "datatrove_has_same_ids": bool(same_as_datatrove),
    }


def write_ours(run: RunDirectory) -> None:
    """Every corpus shard, in this process."""
    for path in sorted(run.corpus.glob("*/*/*.parquet")):
        name = path.relative_to(run.corpus).with_suffix("").as_posix()
        encode_shard(Job(path, name, run.tokenizer, "", run.tokens))


def write_datatrove(run: RunDirectory) -> None:
    """Every corpus shard by datatrove's reader and tokenizer step, in this process."""
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.tokens import DocumentTokenizer
    from loguru import logger

    logger.remove()
    writer = DocumentTokenizer(
        str(run.path / "datatrove"),
        str(run.tokenizer / "tokenizer.json"),
        eos_token="<eod>",
        shuffle_documents=False,
    )
    reader = ParquetReader(str(run.corpus / "sample" / "mul"), glob_pattern="*.parquet")
    for _ in writer.run(reader.run(), 0, 1) or ():
        pass


def hard_texts() -> list[str]:
    """Made-up texts: what spells special entries, runs of white space, marks, any character."""
    chance = random.Random(1)

    def character() -> str:
        while True:
            code = chance.randrange(chance.choice([0x80, 0x800, 0x110000]))
            if not 0xD800 <= code < 0xE000:
                return chr(code)

    pieces = ["".join(chance.choices(HARD, k=chance.randrange(14))) for _ in range(4000)]
    anything = ["".join(character() for _ in range(chance.randrange(40))) for _ in range(3000)]
    letters = ["".join(chance.choices("aeinrst= -.\n", k=chance.randrange(60))) for _ in range(3000)]
    return pieces + anything + letters


def as_lists(encoded: tuple[np.ndarray, np.ndarray]) -> list[list[int]]:
    """Ids of each document, its end left out."""
    ids, lengths = encoded
    return [one[:-1].tolist() for one in np.split(ids, np.cumsum(lengths)[:-1])]


def count_differences(found: Any, expected: list[list[int]]) -> int:
    """Documents whose ids are not those."""
    return sum(list(one) != other for one, other in zip(found, expected, strict=True))


def seconds(work: Callable[[], Any]) -> float:
    """CPU seconds of this process."""
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    main()
