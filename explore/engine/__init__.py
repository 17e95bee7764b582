"""The child process that owns the DuckDB files: the only code that runs users' SQL.

It has no environment, no keys and no listening socket: a pair of sockets connects it with the
service that started it, and it ends with it.
"""
