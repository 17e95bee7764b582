"""`make bench`: measure the handler and its cold start. The other benchmarks have own commands:

`python -m benchmarks.fanout`, `python -m benchmarks.display` and `python -m benchmarks.intake`.
"""

from benchmarks import cold_start, handler

handler.main()
cold_start.main()
