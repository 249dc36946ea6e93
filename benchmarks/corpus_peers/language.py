"""Language identification: ours beside py3langid called for each document, as datatrove calls its models.

datatrove's own filter wants fastText models that are downloads; here both sides use the model in py3langid's wheel.
"""

from collections.abc import Sequence

import pyarrow as pa
from datatrove.data import Document
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from corpus_peers.case import Case, Text, text_bytes
from soofi.corpus.batches import WORKING
from soofi.corpus.identification.naive_bayes import naive_bayes
from soofi.corpus.identification.stage import prepare_identify
from soofi.recipe.identification import Identify

BATCH_DOCUMENTS = 512


def cases(texts: Sequence[Text]) -> list[Case]:
    """The whole stage on Arrow batches, and the model's scores alone with the same bytes read on both sides."""
    peer = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    documents = [Document(one.text, one.id) for one in texts]
    rows = [{"text": one.text, "language": one.language} for one in texts]
    batches = [
        pa.RecordBatch.from_pylist(rows[start : start + BATCH_DOCUMENTS], WORKING)
        for start in range(0, len(rows), BATCH_DOCUMENTS)
    ]
    stage = prepare_identify(Identify(), sorted({one.language for one in texts}))
    model = naive_bayes()

    def with_datatrove() -> int:
        kept = 0
        for document, one in zip(documents, texts, strict=True):
            language, score = peer.classify(document.text.replace("\n", " "))
            document.metadata |= {"language": language, "language_score": score}
            kept += language == one.language and score > 0.5
        return kept

    def scores_of_whole_texts() -> list[str]:
        return [
            model.labels[row.argmax()]
            for start in range(0, len(texts), BATCH_DOCUMENTS)
            for row in model.probabilities([one.text for one in texts[start : start + BATCH_DOCUMENTS]])
        ]

    size = text_bytes(texts)
    return [
        Case("language: stage", size, lambda: [stage(batch) for batch in batches], with_datatrove),
        Case(
            "language: py3langid's scores of whole texts",
            size,
            scores_of_whole_texts,
            lambda: [peer.classify(one.text)[0] for one in texts],
        ),
    ]
