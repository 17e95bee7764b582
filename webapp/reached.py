"""Which steps to a goal are reached, and which of them are to be celebrated."""

from collections.abc import Collection, Mapping


class Reached:
    """Steps of a goal with the time each was reached; of an earlier goal there may be others."""

    def __init__(self, steps: Collection[int], milestones: Mapping[int, str]) -> None:
        self._steps = steps
        self._reached = {step: at for step, at in milestones.items() if step in steps}
        # Each with its time: what was celebrated is not celebrated again.
        self._known = set(self._reached.items())
        self._to_celebrate: dict[int, str] = {}
        self._framed = dict(self._reached)

    @property
    def steps(self) -> dict[int, str]:
        """All that is reached now, the lowest first."""
        return dict(sorted(self._reached.items()))

    @property
    def to_celebrate(self) -> dict[int, str]:
        """What was reached since the last frame, and not before."""
        return self._to_celebrate

    @property
    def is_changed(self) -> bool:
        """Whether the last frame told otherwise."""
        return self._reached != self._framed

    def change(self, milestones: Mapping[int, str | None], celebrate: Collection[int]) -> None:
        """Take over what a message says; None: a step that is not reached any more."""
        for step, at in milestones.items():
            # A handler that has not got the board's new goal yet still reaches steps of the old.
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
        """Have the next frame tell what differs from an earlier state; celebrate what is new."""
        new = {step: at for step, at in self._reached.items() if (step, at) not in old._known}
        kept = {step: at for step, at in old._to_celebrate.items() if step in self._reached}
        self._to_celebrate = kept | new
        self._known |= old._known
        self._framed = old._framed

    def mark_framed(self) -> None:
        """Note that a frame has told all."""
        self._framed = dict(self._reached)
        self._to_celebrate = {}
