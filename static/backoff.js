const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * How long to wait before attempt number `attempt` (from 0), between half and all of a time that
 * doubles: the screens of a venue do not come back in the same instant.
 * @type {(attempt: number, random: number) => number}
 */
export function backoffMs(attempt, random) {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return whole * (0.5 + random / 2);
}
