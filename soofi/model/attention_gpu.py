"""Attention on GPUs: variable-length flash kernels over documents laid end to end, cuDNN's where each sample is one document,
and which of them is taken.

Shapes: B samples, S tokens of a sample, T = B × S tokens end to end, H query heads, K key and value heads, D width of a head.
"""

import importlib.util
import inspect
from collections.abc import Callable, Set
from functools import cache
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

Kernel = Literal["flash_attn", "torch_varlen", "sdpa"]
Varlen = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, int], torch.Tensor]
"""Causal attention inside documents: (q_THD, k_TKD, v_TKD, cumulative lengths (int32), longest document) to (T, H, D)."""

FLASH_CAPABILITY = (8, 0)
"""CUDA compute capability (Ampere) from which the flash kernels run."""

CUDNN_CAPABILITY = (9, 0)
"""CUDA compute capability (Hopper) from which cuDNN's kernel is the faster one: on an H200 twice as fast as torch's flash
kernel (benchmarks/results/gpu_attention.json)."""


def choose_kernel(
    capability: tuple[int, int] | None, dtype: torch.dtype, head_dim: int, installed: Set[str]
) -> Kernel:
    """The fastest kernel that can do it: flash-attn where it is installed, else torch's own, else SDPA with a mask.

    `capability`: of the CUDA device, None for any other. The flash kernels take 16-bit types and heads of up to 256 in
    multiples of 8; for anything else, fp32 above all, documents are kept apart by a mask.
    """
    flash = capability is not None and capability >= FLASH_CAPABILITY
    if flash and dtype in (torch.bfloat16, torch.float16) and head_dim <= 256 and head_dim % 8 == 0:
        if "flash_attn" in installed:
            return "flash_attn"
        if "torch_varlen" in installed:
            return "torch_varlen"
    return "sdpa"


@cache
def installed_kernels() -> frozenset[str]:
    """Which variable-length kernels can be imported here, whatever the device."""
    found = set()
    if importlib.util.find_spec("flash_attn") is not None:
        found.add("flash_attn")
    if importlib.util.find_spec("torch.nn.attention.varlen") is not None:
        from torch.nn.attention.varlen import varlen_attn

        # Its first version knows no window, and so nothing causal without a mark that later ones do not have.
        if "window_size" in inspect.signature(varlen_attn).parameters:
            found.add("torch_varlen")
    return frozenset(found)


@cache
def kernel_on(device: torch.device, dtype: torch.dtype, head_dim: int) -> Kernel:
    """The kernel that attention takes on a device."""
    capability = torch.cuda.get_device_capability(device) if device.type == "cuda" else None
    return choose_kernel(capability, dtype, head_dim, installed_kernels())


def choose_cudnn(
    capability: tuple[int, int] | None, dtype: torch.dtype, head_dim: int, deterministic: bool
) -> bool:
    """Whether cuDNN's kernel is taken where each sample is one document: it cannot keep documents apart, and its gradients do
    not repeat bit for bit. `capability`: of the CUDA device, None for any other."""
    return (
        capability is not None
        and capability >= CUDNN_CAPABILITY
        and dtype in (torch.bfloat16, torch.float16)
        and head_dim <= 128
        and head_dim % 8 == 0
        and not deterministic
    )


def cudnn_runs_on(device: torch.device, dtype: torch.dtype, head_dim: int) -> bool:
    """Whether attention takes cuDNN's kernel on a device where each sample is one document."""
    capability = torch.cuda.get_device_capability(device) if device.type == "cuda" else None
    return torch.backends.cudnn.is_available() and choose_cudnn(
        capability, dtype, head_dim, torch.are_deterministic_algorithms_enabled()
    )


def cudnn_attention(q_BHSD: torch.Tensor, k_BKSD: torch.Tensor, v_BKSD: torch.Tensor) -> torch.Tensor:
    """Causal attention over whole samples (B, H, S, D) by cuDNN; by torch's flash kernel should cuDNN refuse the shape."""
    with sdpa_kernel([SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION], set_priority=True):
        return F.scaled_dot_product_attention(
            q_BHSD, k_BKSD, v_BKSD, is_causal=True, enable_gqa=q_BHSD.shape[1] != k_BKSD.shape[1]
        )


def varlen_kernel(kernel: Kernel) -> Varlen:
    """The function behind a variable-length kernel's name. Imports its package."""
    if kernel == "flash_attn":
        return _flash_attn
    assert kernel == "torch_varlen", kernel
    return _torch_varlen


def packed_attention(
    q_BHSD: torch.Tensor,
    k_BKSD: torch.Tensor,
    v_BKSD: torch.Tensor,
    cumulative_lengths: torch.Tensor | None,
    longest_tokens: int,
    kernel: Varlen,
) -> torch.Tensor:
    """Lay the samples end to end, run `kernel` once over all documents, cut the samples again: (B, H, S, D).

    `cumulative_lengths` None: each sample is one document.
    """
    samples, _, length, _ = q_BHSD.shape
    if cumulative_lengths is None:
        cumulative_lengths = torch.arange(
            0, samples * length + 1, length, dtype=torch.int32, device=q_BHSD.device
        )
        longest_tokens = length
    q_THD, k_TKD, v_TKD = (x.transpose(1, 2).flatten(0, 1) for x in (q_BHSD, k_BKSD, v_BKSD))
    out_THD = kernel(q_THD, k_TKD, v_TKD, cumulative_lengths, longest_tokens)
    return out_THD.unflatten(0, (samples, length)).transpose(1, 2)


def _torch_varlen(
    q_THD: torch.Tensor, k_TKD: torch.Tensor, v_TKD: torch.Tensor, cumulative: torch.Tensor, longest: int
) -> torch.Tensor:
    from torch.nn.attention.varlen import varlen_attn

    # Torch 2.11 takes grouped heads as they come, later versions want to be told.
    grouped: dict[str, Any] = {"enable_gqa": True} if _is_told_of_groups() else {}
    # A window without tokens to the right is torch's word for causal.
    out: Any = varlen_attn(
        q_THD,
        k_TKD,
        v_TKD,
        cumulative,
        cumulative,
        longest,
        longest,
        window_size=(-1, 0),
        **grouped,
    )
    return out


@cache
def _is_told_of_groups() -> bool:
    from torch.nn.attention.varlen import varlen_attn

    return "enable_gqa" in inspect.signature(varlen_attn).parameters


def _flash_attn(
    q_THD: torch.Tensor, k_TKD: torch.Tensor, v_TKD: torch.Tensor, cumulative: torch.Tensor, longest: int
) -> torch.Tensor:
    from flash_attn import flash_attn_varlen_func

    out: Any = flash_attn_varlen_func(
        q_THD,
        k_TKD,
        v_TKD,
        cumulative,
        cumulative,
        longest,
        longest,
        causal=True,
        deterministic=torch.are_deterministic_algorithms_enabled(),
    )
    return out
