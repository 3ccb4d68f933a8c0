#!/usr/bin/env bash
# A short run on each device beside the CPU's, in the folder that scripts/train.sh made: the losses agree.
set -euo pipefail
awk 'BEGIN { srand(2); print "x,y"; for (i = 0; i < 1000; i++) { a = 6.283185 * rand(); printf "%.4f,%.4f\n", cos(a), sin(a) } }' > ring.csv
train() {
    ddim-train --data ring.csv --columns x,y --max-train-steps 60 --hidden-size 32 --train-batch-size 64 \
        --checkpointing-steps 60 --device "$1" --output "$2" --overwrite
}
loss() { sed -n 's/^| loss .*| \([0-9.]*\) |$/\1/p' "$1/README.md"; }
train cpu cpu
count=$(ddim devices --json | grep -c '"index": [0-9]')
[ "$count" -gt 0 ] || { echo "train.sh: no GPU and no software driver: only the CPU was tried" >&2; exit 77; }
for device in $(seq 0 $((count - 1))); do
    train "$device" "gpu-$device"
    echo "device $device: loss $(loss "gpu-$device"), cpu $(loss cpu)"
    awk -v a="$(loss "gpu-$device")" -v b="$(loss cpu)" 'BEGIN { exit !(a > 0 && (a - b) ^ 2 <= (0.01 * b) ^ 2) }' \
        || { echo "train.sh: device $device learns otherwise than the CPU" >&2; exit 1; }
done
