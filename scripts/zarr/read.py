"""Reads what `ddim` writes as .zarr with zarr-python, dask and xarray, and compares it with .npy."""

import json
import subprocess
import sys
from pathlib import Path

import dask.array
import numpy as np
import xarray
import zarr

DDIM, PLACE = sys.argv[1], Path(sys.argv[2])


def ddim(*words: str) -> None:
    subprocess.run([DDIM, *words], check=True)


def sample(output: str, *options: str) -> Path:
    path = PLACE / output
    run = ["--quiet", "--device", "cpu", "--steps", "2", "--count", "150", "--class", "all"]
    ddim("sample", *run, *options, "--output", str(path))
    return path


def check_images(expected: np.ndarray) -> None:
    for name, options in [
        ("plain.zarr", []),
        ("zstd.zarr", ["--zstd"]),
        ("odd.zarr", ["--chunk", "37"]),
    ]:
        array = zarr.open_array(sample(name, *options), mode="r")
        assert array.dtype == np.float32 and array.shape == expected.shape
        assert np.array_equal(array[:], expected), name
        assert np.array_equal(array[140:145], expected[140:145]), name
        assert array.metadata.dimension_names == ("sample", "channel", "height", "width")
        assert array.attrs["run"]["steps"] == 2 and len(array.attrs["run_hash"]) == 64
    stored = zarr.open_array(sample("bytes.zarr", "--dtype", "u8", "--zstd"), mode="r")
    rounded = np.clip(np.round((expected + 1) * 127.5), 0, 255)
    # NumPy rounds halves to even.
    assert stored.dtype == np.uint8
    assert np.abs(stored[:] - rounded).max() <= 1


def check_others(expected: np.ndarray) -> None:
    path = PLACE / "plain.zarr"
    lazy = dask.array.from_zarr(str(path))
    assert lazy.chunks[0][0] == 3
    np.testing.assert_allclose(float(lazy.mean()), expected.mean(dtype=np.float64), rtol=1e-5)
    source = zarr.open_array(path, mode="r")
    labelled = xarray.DataArray(lazy, dims=source.metadata.dimension_names, attrs=dict(source.attrs))
    chosen = labelled.isel(sample=slice(10, 20)).mean(["channel", "height", "width"])
    np.testing.assert_allclose(chosen, expected[10:20].mean((1, 2, 3)), rtol=1e-4)


def check_missing() -> None:
    """A chunk that is not there is seen not to be there."""
    array = sample("missing.zarr", "--shard", "0/2")
    read = zarr.open_array(array, mode="r")[:]
    assert np.isnan(read[75:]).all() and not np.isnan(read[:75]).any()


def check_noise() -> None:
    path = PLACE / "noise.zarr"
    ddim("noise", "--quiet", "--device", "cpu", "--count", "9", "--dims", "4", "--output", str(path))
    array = zarr.open_array(path, mode="r")
    assert array.shape == (9, 4) and array.metadata.dimension_names == ("sample", "coordinate")
    document = json.loads((path / "zarr.json").read_text())
    assert document["attributes"]["device_class"] == "any"


def main() -> None:
    PLACE.mkdir(parents=True)
    expected = np.load(sample("reference.npy"))
    check_images(expected)
    check_others(expected)
    check_missing()
    check_noise()
    versions = {m.__name__: m.__version__ for m in (zarr, dask, xarray)}
    print(f"read by {versions}")


if __name__ == "__main__":
    main()
