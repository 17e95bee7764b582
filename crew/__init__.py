"""The people's side: pages to enter, correct, take back, approve, control and export gifts.

It runs in one service with `intake`, the only one with the right to write to the board's table.
"""
