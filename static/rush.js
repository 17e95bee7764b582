const WINDOW_MS = 2_000;
const LEAST = 8;

/**
 * Tells a rush of updates (more than four a second): then figures run by themselves, and movement
 * between them would only cost. `note` an update's time; `isOn` asks. Times never go back.
 * @returns {{note: (now_ms: number) => void, isOn: (now_ms: number) => boolean}}
 */
export function createRush() {
  /** @type {number[]} the last updates' times */
  const times = [];
  return {
    note(now_ms) {
      times.push(now_ms);
      if (times.length > LEAST) times.shift();
    },
    isOn: (now_ms) => times.length === LEAST && now_ms - times[0] <= WINDOW_MS,
  };
}
