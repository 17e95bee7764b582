"""A cell of a file that is made for a spreadsheet."""

# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def defuse(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it for a formula; numbers stay as they are."""
    if not cell.startswith(_FORMULA_STARTS):
        return cell
    number = cell[1:].replace(".", "", 1)
    return cell if cell[0] in "+-" and number.isascii() and number.isdigit() else f"'{cell}"
