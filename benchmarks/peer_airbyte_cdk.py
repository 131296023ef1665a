"""1,000 pages of one stream of Airbyte's low-code CDK, every 100 records set as one key.

Runs in an environment of its own: it imports the CDK and redis, and nothing of Quanticity.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from airbyte_cdk.models import (
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
    Type,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from redis import Redis


def manifest(url: str, count: int, size: int) -> dict[str, Any]:
    return {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["rows"]},
        "concurrency_level": {"type": "ConcurrencyLevel", "default_concurrency": 16},
        "streams": [
            {
                "type": "DeclarativeStream",
                "name": "rows",
                "schema_loader": {
                    "type": "InlineSchemaLoader",
                    "schema": {"type": "object", "additionalProperties": True, "properties": {}},
                },
                "retriever": {
                    "type": "SimpleRetriever",
                    "requester": {
                        "type": "HttpRequester",
                        "url_base": url,
                        "path": "/rows",
                        "request_parameters": {
                            "size": str(size),
                            "page": "{{ stream_partition.page }}",
                        },
                    },
                    "record_selector": {
                        "type": "RecordSelector",
                        "extractor": {"type": "DpathExtractor", "field_path": ["data"]},
                    },
                    "partition_router": {
                        "type": "ListPartitionRouter",
                        "values": [str(page) for page in range(count)],
                        "cursor_field": "page",
                    },
                },
            }
        ],
    }


def main(url: str, socket: str, count: int, size: int) -> None:
    logging.disable(logging.CRITICAL)
    store = Redis(unix_socket_path=socket)
    source = ConcurrentDeclarativeSource(
        catalog=None, config={}, state=None, source_config=manifest(url, count, size)
    )
    (stream,) = source.discover(logging.getLogger(), {}).streams
    catalog = ConfiguredAirbyteCatalog(
        streams=[
            ConfiguredAirbyteStream(
                stream=stream,
                sync_mode=SyncMode.full_refresh,
                destination_sync_mode=DestinationSyncMode.overwrite,
            )
        ]
    )
    rows: list[Any] = []
    keys = 0
    for message in source.read(logging.getLogger(), {}, catalog, None):
        if message.type is Type.RECORD:
            rows.append(message.record.data)
            if len(rows) == 100:
                store.set(f"airbyte:{keys}", json.dumps(rows))
                rows, keys = [], keys + 1
    store.set(f"airbyte:{keys}", json.dumps(rows))


if __name__ == "__main__":
    main(**json.load(sys.stdin))
