"""One launch that builds many engines and weighs them: started by torchrun from test_model_states.py.

For every variant two steps of two micro batches are taken. After each micro batch of the second one, when gradients and
moments are there, the bytes of all tensors that live are counted; the most is written down.
"""

import gc
import json
import sys
from pathlib import Path

import torch

from soofi.model import NewWeights
from soofi.recipe import Model, Train
from soofi.train.distributed import leave, process_group
from soofi.train.engine import build_engine, engine_configuration
from soofi.train.mesh import Mesh

TOKENS = 32


def main() -> None:
    """Arguments: JSON of {model, rows, variants: {name: train}}, and the file for {name: bytes of this rank}."""
    plan, output = json.loads(sys.argv[1]), Path(sys.argv[2])
    mesh = Mesh.from_environment()
    torch.set_num_threads(1)
    model = Model.model_validate(plan["model"])
    measured = {}
    with process_group(torch.device("cpu")):
        for name, values in plan["variants"].items():
            measured[name] = weigh(model, plan["rows"], Train.model_validate(values))
    if mesh.is_first:
        output.write_text(json.dumps(measured))


def weigh(model: Model, rows: int, train: Train) -> int:
    """Bytes that an engine adds to what lived before, at most, between the micro batches of its second step."""
    before = living()  # holds the tensors, so that their storages are not mistaken for new ones
    engine = build_engine(
        model, train, rows, NewWeights(1, 0.02), engine_configuration(train, 1, 2), torch.device("cpu")
    )
    tokens = torch.zeros(1, TOKENS, dtype=torch.long)
    most = 0
    for step in range(2):
        for last in (False, True):
            engine.set_gradient_accumulation_boundary(last)
            engine.backward(engine(tokens, labels_BS=tokens)[0], scale_wrt_gas=False)
            if step:
                new = [tensor for key, tensor in living().items() if key not in before]
                most = max(most, sum(tensor.untyped_storage().nbytes() for tensor in new))
        engine.step()
    engine.destroy()
    return most


def living() -> dict[int, torch.Tensor]:
    """One tensor of every storage in memory. A gradient that no Python name holds is found at its parameter."""
    gc.collect()
    found = [thing for thing in gc.get_objects() if isinstance(thing, torch.Tensor)]
    found += [tensor.grad for tensor in found if tensor.is_leaf and tensor.grad is not None]
    return {tensor.untyped_storage()._cdata: tensor for tensor in found if tensor.device.type == "cpu"}


if __name__ == "__main__":
    main()
    leave(0)
