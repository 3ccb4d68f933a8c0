"""A run as 16 tasks of HyperQueue, server and workers in one process, beside one process: one hash."""

import json
import subprocess
import sys
from pathlib import Path

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig

DDIM, PLACE = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2]).resolve()
RUN = ["--quiet", "--device", "cpu", "--steps", "2", "--count", "3200", "--class", "all"]
SHARDS = 16


def digest(array: Path) -> str:
    checked = subprocess.run([DDIM, "check", str(array), "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(checked.stdout)["hash"]


def main() -> None:
    PLACE.mkdir(parents=True)
    one, many = PLACE / "one.zarr", PLACE / "many.zarr"
    subprocess.run([DDIM, "sample", *RUN, "--output", str(one)], check=True)
    job = Job(default_workdir=PLACE)
    for shard in range(SHARDS):
        # The tasks of `hq submit --array` are numbered by HQ_TASK_ID; those of a job of Python's
        # have numbers of their own.
        job.program(
            [DDIM, "sample", *RUN, "--shard", f"auto/{SHARDS}", "--output", str(many)],
            env={"HQ_TASK_ID": str(shard)},
        )
    with LocalCluster() as cluster:
        for _ in range(2):
            cluster.start_worker(WorkerConfig(cores=1))
        client = cluster.client()
        client.wait_for_jobs([client.submit(job)])
    assert digest(one) == digest(many), "the hashes differ"
    print(f"one hash from one process and from {SHARDS} tasks of HyperQueue: {digest(one)}")


if __name__ == "__main__":
    main()
