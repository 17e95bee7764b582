"""The command `tallyboard`, including what production runs.

Nothing here needs `local`, which the image does not have. In a checkout, `local` adds its commands.
"""
