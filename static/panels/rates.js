/** What came in during the last 5, 15 and 60 minutes. */
import { make, setData, setHidden, setText } from "../dom.js";
import { sumRecent } from "../timeline.js";

const WINDOWS_MINUTES = [5, 15, 60];

/**
 * @type {(list: HTMLElement, language: import("../types.js").Language)
 *   => import("../types.js").Panel}
 */
export function createRates(list, { format, t }) {
  const rates = WINDOWS_MINUTES.map((minutes) => {
    const rate = make("div");
    const value = make("dd");
    rate.append(make("dt", "", t("last_minutes", { minutes: format.number(minutes) })), value);
    rate.dataset.minutes = String(minutes);
    list.append(rate);
    return { minutes, rate, value };
  });

  return ({ snapshot, measure, now_ms }) => {
    if (!snapshot?.timeline) return;
    const { recent, bucket_seconds } = snapshot.timeline;
    let some = false;
    const column = snapshot.measures.findIndex(({ name }) => name === measure.name) + 1;
    for (const { minutes, rate, value } of rates) {
      // A window narrower than a bucket cannot be known.
      setHidden(rate, minutes * 60 < bucket_seconds);
      const sum = sumRecent(recent, column, minutes * 60, now_ms);
      some ||= sum !== 0;
      setData(rate, "value", sum);
      setText(value, format.gain(sum, measure));
    }
    setHidden(list, !some); // three times nothing tells nothing
  };
}
