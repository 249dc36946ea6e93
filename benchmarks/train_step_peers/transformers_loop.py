"""A plain PyTorch loop over `transformers`' model: autocast, clipping, fused AdamW."""

import torch
from torch.utils.data import DataLoader

from train_step_peers.gate import Gate
from train_step_peers.shape import BETAS, CLIPPING, LEARNING_RATE, THREADS, WEIGHT_DECAY, Shape
from train_step_peers.transformers_model import SETTINGS, RandomSamples, build_model


def main() -> None:
    """Train until the pipe is closed."""
    torch.set_num_threads(THREADS)
    shape = Shape.from_environment()
    model = build_model(shape)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, betas=BETAS, weight_decay=WEIGHT_DECAY, fused=True
    )
    if shape.compiled:
        model.compile()
    gate = Gate(
        {
            "settings": {
                **SETTINGS,
                "precision": "torch.autocast(bfloat16)",
                "optimizer": "torch.optim.AdamW(fused=True)",
                "clipping": "torch.nn.utils.clip_grad_norm_",
                "torch.compile": "model.compile()" if shape.compiled else None,
            }
        }
    )
    model.train()
    for batch in DataLoader(RandomSamples(shape), batch_size=shape.micro_batch):
        gate.wait()
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIPPING)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


if __name__ == "__main__":
    main()
