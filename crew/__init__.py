"""The crew's web pages: enter, correct, take back, approve and export gifts, control the screens.

The crew's service is the only one with the right to write to the board's table.
"""
