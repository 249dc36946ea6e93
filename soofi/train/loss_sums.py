"""The loss of a step, language by language: summed while its micro batches run, told once it is over."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from soofi.model import Losses
from soofi.tokens import MicroBatch, language_of
from soofi.train.distributed import sum_over_ranks


@dataclass(frozen=True)
class StepLoss:
    """Over all ranks: `nats`, negative log likelihood of all valid labels; `z_nats`, what z-loss added to the loss;
    `by_language`, mean nats of a valid label, of the languages that the step had."""

    nats: float
    z_nats: float
    by_language: dict[str, float]


class LossSums:
    """Sums over this rank's samples. They stay on the device until `over_ranks`: reading them would wait for it."""

    def __init__(self, streams: Iterable[str]):
        """`streams`: names of all streams of the run, so that every rank sums the same languages."""
        self._languages = sorted({language_of(stream) for stream in streams})
        self._tokens = dict.fromkeys(self._languages, 0)
        self._language_of_sample: list[str] = []
        self._nats: list[torch.Tensor] = []
        self._z_nats: list[torch.Tensor] = []

    def add(self, batch: MicroBatch, losses: Losses) -> None:
        """Count a micro batch."""
        for stream, count in zip(batch.streams, batch.valid_tokens.tolist(), strict=True):
            self._language_of_sample.append(language_of(stream))
            self._tokens[language_of(stream)] += count
        self._nats.append(losses.nll_BS.sum(dim=1, dtype=torch.float64))
        self._z_nats.append(losses.z_sum.double().view(1))

    def over_ranks(self, device: torch.device) -> StepLoss:
        """The step's loss. Collective: one sum of a short list."""
        nats = dict.fromkeys(self._languages, 0.0)
        # One transfer; a rank may have had no sample.
        here = torch.cat([*self._nats, *self._z_nats]).tolist() if self._nats else []
        samples = len(self._language_of_sample)
        for language, value in zip(self._language_of_sample, here[:samples], strict=True):
            nats[language] += value
        mine = [sum(here[samples:]), *nats.values(), *self._tokens.values()]
        z_nats, *sums = sum_over_ranks(mine, device)
        by_language = zip(self._languages, sums, sums[len(self._languages) :], strict=False)
        return StepLoss(
            sum(sums[: len(self._languages)]),
            z_nats,
            {language: total / tokens for language, total, tokens in by_language if tokens},
        )
