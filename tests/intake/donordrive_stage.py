"""A DonorDrive, a board's tables and our service, which can be started again."""

from collections.abc import Callable

from intake.intake import Intake
from intake.sweeping import SweepLoop
from tests.intake.donordrive_stand_in import DonorDrive
from tests.intake.stand_in import StandIn
from tests.intake.sweeps import Clock, open_loop

NAME = "donordrive:127.0.0.1:"


class Stage:
    """A provider, a board's tables, and our service, which can be started again."""

    def __init__(self, drive: DonorDrive, web: StandIn, start: Callable[[str], Intake]) -> None:
        self.drive, self.web, self.clock = drive, web, Clock()
        self._start = start
        self.fields = ""
        self.restart()

    def restart(self) -> None:
        place = f'url = "{self.web.url}/api"\nparticipant = 4024\n{self.fields}'
        self.intake = self._start(place)
        self.loop: SweepLoop = open_loop(self.intake, "extralife", self.clock)

    def sweep(self, **time: float) -> float:
        self.clock.turn(**(time or {"minutes": 5}))
        return self.loop.sweep()

    @property
    def trouble(self) -> str:
        return self.intake.heard.sources["extralife"].trouble


Counted = Callable[[], dict[str, int]]
