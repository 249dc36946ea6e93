"""OLMo-core's Trainer."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from olmo_core.config import DType
from olmo_core.data import NumpyDataLoaderConfig, NumpyFSLDatasetConfig, TokenizerConfig
from olmo_core.nn.attention import AttentionBackendName
from olmo_core.nn.transformer import TransformerConfig
from olmo_core.optim import AdamWConfig, CosWithWarmup
from olmo_core.train import Duration, TrainerConfig, prepare_training_environment
from olmo_core.train.callbacks import Callback
from olmo_core.train.train_module import TransformerTrainModuleConfig

from train_step_peers.gate import Gate
from train_step_peers.shape import (
    BETAS,
    CLIPPING,
    ENDLESS_STEPS,
    LEARNING_RATE,
    THREADS,
    WEIGHT_DECAY,
    Shape,
)


@dataclass
class Turns(Callback):
    """Waits for its turn between steps; the logging of a step counts to the next."""

    gate: Gate | None = None

    def post_step(self) -> None:
        """After the optimizer's step."""
        assert self.gate
        self.gate.wait()


def main() -> None:
    """Train until the pipe is closed."""
    prepare_training_environment(backend=None)
    torch.set_num_threads(THREADS)
    shape = Shape.from_environment()
    model = TransformerConfig.llama_like(
        d_model=shape.width,
        vocab_size=shape.vocabulary,
        n_layers=shape.layers,
        n_heads=shape.heads,
        n_kv_heads=shape.kv_heads,
        head_dim=shape.head,
        qk_norm=True,
        use_head_qk_norm=True,
        layer_norm_eps=1e-6,
        rope_theta=10_000,
        hidden_size_multiple_of=shape.feed_forward,
        attn_backend=AttentionBackendName.torch,
    )
    module = TransformerTrainModuleConfig(
        rank_microbatch_size=shape.step_tokens,
        max_sequence_length=shape.sequence,
        optim=AdamWConfig(lr=LEARNING_RATE, betas=BETAS, weight_decay=WEIGHT_DECAY, fused=True),
        max_grad_norm=CLIPPING,
        scheduler=CosWithWarmup(warmup_steps=100),
        autocast_precision=DType.bfloat16,
    )
    built = model.build(init_device="cpu")
    assert sum(parameter.numel() for parameter in built.parameters()) == shape.parameters
    if shape.compiled:
        built.apply_compile()  # the configuration's `compile_model` calls this too, but only where there is CUDA
    gate = Gate(
        {
            "settings": {
                "entry point": "olmo_core.train.Trainer.fit",
                "model": model.as_config_dict(),
                "train module": module.as_config_dict(),
                "torch.compile": "Transformer.apply_compile()" if shape.compiled else None,
            }
        }
    )
    with tempfile.TemporaryDirectory() as directory:
        tokens = Path(directory) / "random.npy"
        np.random.default_rng(0).integers(0, shape.vocabulary, 64 * shape.step_tokens).astype(
            np.uint16
        ).tofile(tokens)
        tokenizer = TokenizerConfig(vocab_size=shape.vocabulary, eos_token_id=0, pad_token_id=1)
        dataset = NumpyFSLDatasetConfig(
            paths=[str(tokens)], sequence_length=shape.sequence, tokenizer=tokenizer, work_dir=directory
        )
        loader = NumpyDataLoaderConfig(global_batch_size=shape.step_tokens, seed=0, num_workers=0)
        train_module = module.build(built)
        trainer = TrainerConfig(
            save_folder=directory,
            max_duration=Duration.steps(ENDLESS_STEPS),
            metrics_collect_interval=10,
            no_checkpoints=True,
            no_evals=True,
        ).with_callback("turns", Turns())
        built_trainer = trainer.build(train_module, loader.build(dataset.build()))
        built_trainer.callbacks["turns"].gate = gate
        built_trainer.fit()


if __name__ == "__main__":
    main()
