"""Makes foreign text, such as a donor's or a file's, safe to show on a terminal."""


def make_printable(text: str) -> str:
    """Return one line without characters that control the terminal.

    Control and direction characters, and line breaks, become a visible mark.
    """
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def make_lines_printable(text: str) -> str:
    """Return text made printable line by line; its own line breaks stay."""
    return "\n".join(map(make_printable, text.split("\n")))
