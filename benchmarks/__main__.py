"""`make bench`: what the handler costs, and its cold start. The others have commands of their own.

`python -m benchmarks.fanout` and `python -m benchmarks.display`.
"""

from benchmarks import cold_start, handler

handler.main()
cold_start.main()
