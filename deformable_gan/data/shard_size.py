"""The usual size of shards."""

#: In MB.
SHARD_MEGABYTES = 64
