"""Text of others, such as a donor's or a file's, as it may be shown on a terminal."""


def make_printable(text: str) -> str:
    """Return one line in which no character does anything to the terminal.

    Control and direction characters, line breaks too, become a visible mark.
    """
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def make_lines_printable(text: str) -> str:
    """Return the same for text whose line breaks are ours."""
    return "\n".join(map(make_printable, text.split("\n")))
