# SPDX-License-Identifier: MIT
"""ClickHouse in the place of the engine within."""

import clickhouse
from harness import eq


def test_shards(_):
    """Two shards of Debian's ClickHouse start without privileges, hold a table together, and keep
    it when one is killed."""
    with clickhouse.nodes(2) as (a, b):
        for node in (a, b):
            node.ask("CREATE TABLE panji.part (k UInt8) ENGINE = MergeTree ORDER BY k")
        a.ask("CREATE TABLE panji.whole AS panji.part ENGINE = Distributed(two, panji, part, k)")
        a.ask("INSERT INTO panji.whole SELECT number FROM numbers(200)",
              insert_distributed_sync=1)
        eq([node.ask("SELECT count() FROM panji.part") for node in (a, b)], ["100\n", "100\n"],
           "rows of each shard")
        b.kill()
        b.start()
        eq(a.ask("SELECT count() FROM panji.whole"), "200\n", "rows after a restart")
