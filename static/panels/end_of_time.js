const DAY_SECONDS = 86_400;

/**
 * Where a chart's time ends: now, so that a standstill shows. What is over since longer than it
 * took, such as an event of another year that is played again, ends with its last point.
 * @type {(first_seconds: number, last_seconds: number, now_seconds: number) => number}
 */
export function endOfTime(first_seconds, last_seconds, now_seconds) {
  const idle_seconds = now_seconds - last_seconds;
  const is_over = idle_seconds > Math.max(DAY_SECONDS, last_seconds - first_seconds);
  return is_over ? last_seconds : Math.max(now_seconds, last_seconds);
}
