"""Refunds that an export lists as rows of their own: they belong to the donation they refer to."""

from donations.row_reader import Draft, LeftOut, Mistake


def settle_refunds(drafts: list[Draft]) -> tuple[list[Draft], list[LeftOut]]:
    """Take refunds off the donations that they refer to; return what remains, and what does not.

    A donation of which nothing remains is left out, as is one whose status says that it was
    refunded. A refund of a donation that is not in the file stays: a negative donation.
    """
    by_id = {draft.key[0]: draft for draft in drafts if draft.key}
    refunds: dict[int, int] = {}
    settled: set[int] = set()
    left_out: list[LeftOut] = []
    for draft in drafts:
        original = by_id.get(draft.reference) if draft.reference else None
        is_refund = bool(draft.money) and draft.money[0] < 0
        if original is None or original is draft or not is_refund:
            continue
        if len(draft.money) != 1 or original.currency != draft.currency:
            continue
        original.money = (original.money[0] + draft.money[0],)
        refunds[original.line] = draft.line
        settled.add(draft.line)
        left_out.append(
            LeftOut(draft.line, f"the refund of {draft.reference}, which is that much less")
        )
    kept: list[Draft] = []
    for draft in drafts:
        if draft.line in settled:
            continue
        if draft.line in refunds:
            draft.verdict = "counts"
            if draft.money[0] == 0:
                left_out.append(LeftOut(draft.line, f"refunded by row {refunds[draft.line]}"))
                continue
        elif draft.verdict == "refunded":
            left_out.append(LeftOut(draft.line, "its status says that it was refunded"))
            continue
        kept.append(draft)
    return kept, left_out


def find_unclear_refunds(drafts: list[Draft], column: str) -> list[Mistake]:
    """Return donations that were refunded in part, where nothing says how much."""
    return [
        Mistake(
            draft.line,
            column,
            "says that a part was refunded, and no column or row says how much; write what remains"
            " as its amount, and its status as paid",
        )
        for draft in drafts
        if draft.verdict == "partly refunded"
    ]
