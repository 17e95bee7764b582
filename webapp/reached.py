"""Tracks which steps of a goal are reached, and which of them to celebrate."""

from collections.abc import Collection, Mapping


class Reached:
    """Steps of a goal with the time each was reached. Steps of an earlier goal are ignored."""

    def __init__(self, steps: Collection[int], milestones: Mapping[int, str]) -> None:
        self._steps = steps
        self._reached = {step: at for step, at in milestones.items() if step in steps}
        # With their times, so that a step is not celebrated twice.
        self._known = set(self._reached.items())
        self._to_celebrate: dict[int, str] = {}
        self._framed = dict(self._reached)

    @property
    def steps(self) -> dict[int, str]:
        """All steps that are reached, the lowest first."""
        return dict(sorted(self._reached.items()))

    @property
    def to_celebrate(self) -> dict[int, str]:
        """Steps that were reached since the last frame, for the first time."""
        return self._to_celebrate

    @property
    def is_changed(self) -> bool:
        """Whether the reached steps differ from the last frame."""
        return self._reached != self._framed

    def change(self, milestones: Mapping[int, str | None], celebrate: Collection[int]) -> None:
        """Apply a message's milestones; None marks a step that is no longer reached."""
        for step, at in milestones.items():
            # A handler that does not have the board's new goal yet still reaches old steps.
            if step not in self._steps:
                continue
            if at is None:
                self._reached.pop(step, None)
                self._to_celebrate.pop(step, None)
                continue
            self._reached[step] = at
            self._known.add((step, at))
            if step in celebrate:
                self._to_celebrate[step] = at

    def follow(self, old: "Reached") -> None:
        """Make the next frame tell all differences from an earlier state; celebrate new steps."""
        new = {step: at for step, at in self._reached.items() if (step, at) not in old._known}
        kept = {step: at for step, at in old._to_celebrate.items() if step in self._reached}
        self._to_celebrate = kept | new
        self._known |= old._known
        self._framed = old._framed

    def mark_framed(self) -> None:
        """Note that a frame has told everything."""
        self._framed = dict(self._reached)
        self._to_celebrate = {}
