"""Key grammar, typed access to Redis, the embedded server. The only importer of `redis`."""
