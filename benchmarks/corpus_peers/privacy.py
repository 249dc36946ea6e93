"""Personal data: our stage beside datatrove's PIIFormatter, which replaces e-mail addresses and IP addresses.

Once for these two types alone, as the peer does, and once for all seven.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
from datatrove.pipeline.formatters.pii import PIIFormatter

from corpus_peers.case import Case, Text, text_bytes
from soofi.corpus.batches import WORKING
from soofi.corpus.privacy.scrub import prepare_privacy
from soofi.recipe import PERSONAL_DATA_TYPES, PersonalData, Privacy

_ROWS = 512
_IGNORED = PersonalData(action="ignore")


def cases(documents: Sequence[Text]) -> list[Case]:
    """E-mail and IP addresses alone, and all types, over the same texts."""
    rows = [{"text": one.text, "language": one.language} for one in documents]
    batches = [
        pa.RecordBatch.from_pylist(rows[start : start + _ROWS], WORKING)
        for start in range(0, len(rows), _ROWS)
    ]
    peer = PIIFormatter()
    addresses = Privacy.model_validate(
        {name: _IGNORED for name in PERSONAL_DATA_TYPES if name not in ("email", "ip_address")}
    )
    return [
        Case(
            name=name,
            bytes=text_bytes(documents),
            ours=_over(batches, privacy),
            peer=lambda: [peer.format(one.text) for one in documents],
        )
        for name, privacy in (
            ("personal data: e-mail and IP addresses", addresses),
            ("personal data: all types", Privacy()),
        )
    ]


def _over(batches: list[pa.RecordBatch], privacy: Privacy) -> Callable[[], Any]:
    stage = prepare_privacy(privacy)
    assert stage is not None
    for batch in batches:
        stage(batch)  # words and patterns are loaded when they are first needed
    return lambda: [stage(batch) for batch in batches]
