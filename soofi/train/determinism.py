"""Making a run on GPUs repeat bit for bit. On CPU it does so anyway, with the same layout and threads."""

import os

import torch


def make_deterministic(device: torch.device) -> None:
    """Set torch, cuBLAS, cuDNN and NCCL so that the same run gives the same bits. Before anything runs on the GPU.

    What torch cannot compute so, it refuses by name. On CPU nothing is set.
    """
    if device.type != "cuda":
        return
    # cuBLAS chooses among algorithms by the workspace that is free, unless it has its own; read when CUDA starts.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # Sums inside the switches come in any order; rings and trees have a fixed one for a given number of ranks.
    os.environ.setdefault("NCCL_ALGO", "^NVLS,NVLSTree")
    torch.use_deterministic_algorithms(True)
    # It would also fill all new memory with NaN, which finds faults but changes no result.
    setattr(torch.utils.deterministic, "fill_uninitialized_memory", False)  # noqa: B010 (made by a metaclass)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
