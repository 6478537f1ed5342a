"""Files that arrive in an inbox become clean tables in micro-batches: each content once, all of a file or nothing."""
