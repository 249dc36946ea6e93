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

# As many ranks as `soofi train` would start here: the recipe's number, else one a GPU, else two. SOOFI_RANKS chooses another.
settings=()
for argument in "$@"; do
    case "$argument" in -* | step-*) ;; *) settings+=("$argument") ;; esac
done
ranks="${SOOFI_RANKS:-$("$python" -m soofi recipe ranks "${settings[@]}")}"
export TORCH_ELASTIC_SHUTDOWN_TIMEOUT=3600 # torchrun would kill ranks that save for more than 30 s after Ctrl-C
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

exec "$python" -m torch.distributed.run --standalone --nproc-per-node "$ranks" -m soofi train "$@"
