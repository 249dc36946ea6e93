"""How evenly a step used the experts: summed while its micro batches run, and acted upon once it is over."""

from typing import Any

import torch

from soofi.model import RouterSums, Transformer
from soofi.train.canonical_names import canonical_name
from soofi.train.distributed import sum_over_ranks


class ExpertBalance:
    """The routers of a run's model. For a dense model it does nothing."""

    def __init__(self, transformer: Transformer):
        self._routers = {
            canonical_name(name): router for name, router in transformer.biased_routers().items()
        }
        experts = transformer.config.experts
        self._shape = (0, 0)
        if experts is not None:
            layers = transformer.config.num_hidden_layers - experts.first_k_dense_replace
            self._shape = layers, experts.num_experts
        self._sums: list[RouterSums] = []

    @property
    def biases(self) -> dict[str, list[float]]:
        """Every balancing bias by canonical name, for a checkpoint."""
        return {name: router.e_score_correction_bias.tolist() for name, router in self._routers.items()}

    def set_biases(self, biases: dict[str, list[float]]) -> None:
        """Take over what `biases` gave. Raises ValueError if they are of other routers."""
        shapes = {name: len(values) for name, values in biases.items()}
        if shapes != {name: len(router.e_score_correction_bias) for name, router in self._routers.items()}:
            raise ValueError("the checkpoint's router biases are of another model: give the run another name")
        for name, router in self._routers.items():
            router.e_score_correction_bias.copy_(torch.tensor(biases[name], dtype=torch.float32))

    def add(self, sums: RouterSums | None) -> None:
        """Count a micro batch."""
        if sums is not None:
            self._sums.append(sums)

    def end_step(self, batch_samples: int, device: torch.device) -> dict[str, Any]:
        """Move the biases by what the whole step sent to each expert, and return the step's figures. Collective.

        `batch_samples`: samples of the step over all ranks. Counts are whole numbers, so every rank comes to the same
        biases.
        """
        layers, experts = self._shape
        if not layers:
            return {}
        # The sums stay on the device until here, because reading them waits for it. A rank may have had no sample.
        mine = torch.zeros(2 + layers * experts, dtype=torch.float64, device=device)
        for sums in self._sums:
            mine += torch.cat([torch.stack([sums.balance, sums.z]), sums.load_LE.flatten()])
        self._sums = []
        balance, z, *loads = sum_over_ranks(mine.tolist(), device)
        load_LE = torch.tensor(loads, dtype=torch.float64).view(self._shape)
        if self._routers:
            for router, load_E in zip(self._routers.values(), load_LE, strict=True):
                router.move_bias(load_E)
        return {
            "balance_loss": balance / batch_samples,
            "router_z_loss": z / batch_samples,
            "fullest_expert": float((load_LE.amax(1) / load_LE.mean(1)).max()),
        }
