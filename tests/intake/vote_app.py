"""The votes of the Vote App's scenario: as they are meant, and as the article counts them."""

# An evening of 240 texts: what was meant, what the article's way makes of it, and why.
MEANT = {"RED": 61, "GREEN": 55, "BLUE": 46}
ARTICLE = {"RED": 69, "GREEN": 59, "BLUE": 49}
LOST, AGAIN = 17, 32
