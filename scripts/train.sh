#!/usr/bin/env bash
# Train a recipe on this machine with torchrun: bash scripts/train.sh RECIPE [--resume] [key=value ...]
# The token shards must be there (`soofi run` makes them on its way; `soofi tokens` alone).
set -euo pipefail

if [ $# = 0 ]; then
    sed -n '2,3s/^# //p' "$0" >&2
    exit 2
fi
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
python="$root/.venv/bin/python"
[ -x "$python" ] || python=python3

# One rank for every GPU that torch may use; without GPUs two ranks. SOOFI_RANKS chooses another number.
ranks="${SOOFI_RANKS:-$("$python" -c 'import torch; print(torch.cuda.device_count() or 2)')}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

exec "$python" -m torch.distributed.run --standalone --nproc-per-node "$ranks" -m soofi train "$@"
