/**
 * How groups moved in the last minutes: their ranks now, held against those of then.
 *
 * @typedef {{at_ms: number, ranks: Map<string, number>}} Sample
 */

const SAMPLE_MS = 60_000;
export const WINDOW_MINUTES = 10;

/**
 * The samples with one of now, if the last is a minute old; none is older than the window.
 * @type {(samples: Sample[], ranks: Map<string, number>, now_ms: number) => Sample[]}
 */
export function noteRanks(samples, ranks, now_ms) {
  const last = samples[samples.length - 1];
  if (last && now_ms >= last.at_ms && now_ms - last.at_ms < SAMPLE_MS) return samples;
  // A clock that was set back has made the others worthless.
  const kept = samples.filter(({ at_ms }) =>
    at_ms <= now_ms && now_ms - at_ms <= WINDOW_MINUTES * 60_000);
  return [...kept, { at_ms: now_ms, ranks }];
}

/**
 * By how many ranks a group went up; below 0: down. A group that was not there then has not moved.
 * @type {(samples: Sample[], group: string, rank: number) => number}
 */
export function rankMove(samples, group, rank) {
  const before = samples[0]?.ranks.get(group);
  return before === undefined ? 0 : before - rank;
}
