"""The command `tallyboard`, and what production runs of it.

Nothing here needs `local`, which the image does not have: its commands are added where it is there.
"""
