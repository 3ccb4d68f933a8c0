#!/usr/bin/env bash
# One run as a HyperQueue task array, a task a shard, on whatever workers there are (`pip install
# hyperqueue`; `hq server start`, `hq worker start` on each node, or `hq alloc add slurm`).
#
#   hyperqueue.sh SHARDS --count 10000000 --class all --output /shared/samples.zarr
#
# A task whose worker is lost goes to another (--crash-limit times), and makes what is not there.
set -euo pipefail

shards=$1
shift
hq submit --name ddim --array "0-$((shards - 1))" --crash-limit 10 --cpus 1 --wait -- \
    "${DDIM:-ddim}" sample --shard "auto/$shards" "$@"
