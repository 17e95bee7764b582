"""`make bench`: measure the handler and its cold start. The other benchmarks have own commands:

`python -m benchmarks.fanout` and `python -m benchmarks.display`.
"""

from benchmarks import cold_start, handler

handler.main()
cold_start.main()
