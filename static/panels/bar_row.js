/** A group's row among the bars. */
import { make, setData, setHidden, setText } from "../dom.js";
import { COUNT } from "../measure.js";
import { safeText } from "../safe_text.js";

/**
 * @typedef {import("../totals.js").Bar} Bar
 * @typedef {Record<"rank" | "place" | "moved" | "name" | "amount" | "fill" | "meta", HTMLElement>} Parts
 */

/**
 * `see` gives what rows are drawn from: the view, by how many ranks a group moved, and whether sums have cents.
 * @type {(language: import("../types.js").Language, see: () => {view: import("../types.js").View,
 *   move: (bar: Bar) => number, cents: boolean}) => import("./rows.js").RowKind<Bar, Parts>}
 */
export function createBarRow({ format, t, items }, see) {
  return {
    key: (bar) => (bar.folded ? "rest" : `g${bar.group}`),
    build(row) {
      const name = make("span", "name");
      name.dir = "auto";
      const [rank, place, moved, amount, track, fill, meta] =
        ["rank", "place", "moved", "amount", "track", "fill", "meta"].map((part) => make("span", part));
      meta.dir = "auto";
      rank.append(place, moved);
      track.append(fill);
      row.append(rank, name, amount, track, meta);
      return { rank, place, moved, name, amount, fill, meta };
    },
    fill({ rank, place, moved, name, amount, fill, meta }, bar, row) {
      const { view, move, cents } = see();
      const has_rank = view.snapshot?.contest === true && !bar.folded;
      setHidden(rank, !has_rank);
      if (has_rank) {
        const steps = move(bar);
        setText(place, format.number(bar.rank));
        setData(row, "rank", bar.rank);
        setData(row, "moved", Math.sign(steps));
        setText(moved, steps === 0 ? "" : format.number(Math.abs(steps)));
        if (steps === 0) moved.removeAttribute("aria-label");
        else {
          const count = format.number(Math.abs(steps));
          moved.setAttribute("aria-label", t(steps > 0 ? "moved_up" : "moved_down", { count }));
        }
      }
      if (bar.folded) {
        setData(row, "rest", bar.folded);
        setText(name, t("more", { count: format.number(bar.folded) }, bar.folded));
      } else {
        setData(row, "group", bar.group);
        setText(name, safeText(bar.group) || t("no_name"));
      }
      setData(row, "value", bar.value);
      setData(row, "count", bar.count);
      setData(row, "colour", bar.folded ? "rest" : (view.colours.get(bar.group) ?? 0));
      setText(amount, format.amount(bar.value, view.measure, cents));
      const donations = items(view.snapshot?.words, bar.count);
      setText(meta, [
        ...(view.measure.name === COUNT.name ? [] : [donations]),
        ...(bar.share === null ? [] : [format.percent(bar.share)]),
      ].join(" · "));
      setData(row, "negative", bar.length < 0 ? "1" : "0");
      fill.style.setProperty("--part", Math.abs(bar.length).toFixed(3));
    },
  };
}
