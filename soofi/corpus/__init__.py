"""From raw text to documents that a model may learn from, with an account of everything that was dropped."""

from soofi.corpus.documents import CorpusShard, corpus_shards, iterate_documents
from soofi.corpus.erase import listed_documents
from soofi.corpus.reading.sources import locate
from soofi.corpus.stage import corpus_facts, corpus_governing, make_corpus
from soofi.corpus.stages import stage_files

__all__ = [
    "CorpusShard", "corpus_facts", "corpus_governing", "corpus_shards", "iterate_documents", "listed_documents", "locate",
    "make_corpus", "stage_files",
]  # fmt: skip
