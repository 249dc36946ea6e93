"""Attention inside documents: boundaries, and the seam where kernels land.

Shapes: B samples, S tokens of a sample, H query heads, K key and value heads, D width of a head.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F

from soofi.model.attention_cpu import LONGEST_TOKENS, short_attention
from soofi.model.attention_gpu import (
    cudnn_attention,
    cudnn_runs_on,
    kernel_on,
    packed_attention,
    varlen_kernel,
)


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Where documents begin inside packed samples; made once a step and shared by all layers.

    `documents_BS` numbers the documents inside each sample, `positions_BS` counts from 0 in each document (both int64).
    `cumulative_lengths` (int32, documents + 1) are the documents' offsets in the samples laid end to end, from 0 to
    B × S, as variable-length kernels want them; `longest_tokens` is the longest document's length. A document never
    crosses from one sample into the next.
    """

    documents_BS: torch.Tensor
    positions_BS: torch.Tensor
    cumulative_lengths: torch.Tensor
    longest_tokens: int

    @classmethod
    def of(cls, documents_BS: torch.Tensor) -> "Boundaries":
        """Boundaries from (B, S) integers that number the documents inside each sample: 0, 0, 0, 1, 1, 2 …

        Raises ValueError if there is no token or a sample's numbers fall.
        """
        if documents_BS.dim() != 2 or documents_BS.numel() == 0:
            raise ValueError(f"document numbers have shape {tuple(documents_BS.shape)}; (B, S) is needed")
        documents_BS = documents_BS.long()
        steps = documents_BS.diff(dim=1)
        if bool((steps < 0).any()):
            raise ValueError(
                "document numbers fall inside a sample: number documents in the order they stand in"
            )
        samples, length = documents_BS.shape
        opens = torch.ones_like(documents_BS, dtype=torch.bool)
        opens[:, 1:] = steps > 0
        place = torch.arange(length, device=documents_BS.device).expand(samples, length)
        positions_BS = place - torch.where(opens, place, 0).cummax(dim=1).values
        starts = opens.flatten().nonzero().flatten()
        cumulative = torch.cat([starts, starts.new_tensor([samples * length])]).int()
        return cls(documents_BS, positions_BS, cumulative, int(cumulative.diff().max()))

    def to(self, device: torch.device | str) -> "Boundaries":
        """The same boundaries on a device."""
        return Boundaries(
            to_device(self.documents_BS, device),
            to_device(self.positions_BS, device),
            to_device(self.cumulative_lengths, device),
            self.longest_tokens,
        )

    @cached_property
    def one_document_each(self) -> bool:
        """Whether every sample is a single document, so that plain causal attention is exact."""
        return len(self.cumulative_lengths) == len(self.documents_BS) + 1

    @cached_property
    def lengths_BS(self) -> torch.Tensor:
        """Length in tokens of the document that each token stands in (int64)."""
        lengths = self.cumulative_lengths.diff().long()
        tokens = self.documents_BS.numel()  # said to torch, which would wait for the device to count them
        return lengths.repeat_interleave(lengths, output_size=tokens).view(self.documents_BS.shape)

    @cached_property
    def mask_B1SS(self) -> torch.Tensor:
        """Which key (last dimension) each query may look at: itself and what precedes it in its document (bool)."""
        same_BSS = self.documents_BS[:, :, None] == self.documents_BS[:, None, :]
        return same_BSS.tril_()[:, None]


def to_device(x: torch.Tensor, device: torch.device | str) -> torch.Tensor:
    """`x` on a device. From the CPU to a GPU it goes by way of pinned memory, the only kind that is copied when the GPU comes
    to it: for any other the CPU would wait until then."""
    if torch.device(device).type == "cuda" and x.device.type == "cpu":
        x = x.contiguous().pin_memory()
    return x.to(device, non_blocking=True)


def attention(
    q_BHSD: torch.Tensor, k_BKSD: torch.Tensor, v_BKSD: torch.Tensor, boundaries: Boundaries | None = None
) -> torch.Tensor:
    """Causal scaled dot-product attention with grouped heads (H a multiple of K) inside documents.

    Without boundaries every sample is one document. Returns (B, H, S, D) in the queries' type. On GPUs cuDNN's kernel if each
    sample is one document, else a variable-length flash kernel, each where it can run (`soofi.model.attention_gpu`);
    elsewhere torch's SDPA, or on CPU, in bf16 and for short samples, plain matrix products.
    """
    if q_BHSD.device.type == "cuda":
        alone = boundaries is None or boundaries.one_document_each
        if alone and cudnn_runs_on(q_BHSD.device, q_BHSD.dtype, q_BHSD.shape[3]):
            return cudnn_attention(q_BHSD, k_BKSD, v_BKSD)
        kernel = kernel_on(q_BHSD.device, q_BHSD.dtype, q_BHSD.shape[3])
        if kernel != "sdpa":
            cumulative = None if boundaries is None else boundaries.cumulative_lengths
            longest = 0 if boundaries is None else boundaries.longest_tokens
            return packed_attention(q_BHSD, k_BKSD, v_BKSD, cumulative, longest, varlen_kernel(kernel))
    mask = None if boundaries is None or boundaries.one_document_each else boundaries.mask_B1SS
    length = q_BHSD.shape[2]
    if q_BHSD.device.type == "cpu" and q_BHSD.dtype == torch.bfloat16 and length <= LONGEST_TOKENS:
        causal = torch.ones(1, 1, length, length, dtype=torch.bool).tril_() if mask is None else mask
        return short_attention(q_BHSD, k_BKSD, v_BKSD, causal)
    return F.scaled_dot_product_attention(
        q_BHSD,
        k_BKSD,
        v_BKSD,
        attn_mask=mask,
        is_causal=mask is None,
        enable_gqa=q_BHSD.shape[1] != k_BKSD.shape[1],
    )
