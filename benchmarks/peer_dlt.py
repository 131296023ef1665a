"""N pages over 16 resources of dlt's REST source, stored by a destination that sets keys.

Runs in an environment of its own: it imports dlt and redis, and nothing of Quanticity.
"""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
from typing import Any

import dlt
from dlt.sources.rest_api import rest_api_source
from redis import Redis


def main(url: str, socket: str, count: int, size: int) -> None:
    store = Redis(unix_socket_path=socket)
    batches = itertools.count()

    @dlt.destination(batch_size=100, loader_file_format="typed-jsonl", name="redis_keys")  # type: ignore[untyped-decorator]
    def redis_keys(items: list[Any], table: dict[str, Any]) -> None:
        store.set(f"dlt:{table['name']}:{next(batches)}", json.dumps(items, default=str))

    lanes = min(16, count)
    source = rest_api_source(
        {
            "client": {"base_url": url},
            "resource_defaults": {"write_disposition": "append", "parallelized": True},
            "resources": [
                {
                    "name": f"feed_{lane}",
                    "endpoint": {
                        "path": f"rows?size={size}",
                        "data_selector": "data",
                        "paginator": {
                            "type": "page_number",
                            "base_page": 0,
                            "total_path": None,
                            "maximum_page": count // lanes + (lane < count % lanes),
                            "stop_after_empty_page": False,
                        },
                    },
                }
                for lane in range(lanes)
            ],
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline("bench", destination=redis_keys, pipelines_dir=folder)
        pipeline.run(source)


if __name__ == "__main__":
    main(**json.load(sys.stdin))
