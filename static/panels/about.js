/** "What is in this number?" */
import { byId, make, setHidden, setText } from "../dom.js";
import { COUNT } from "../measure.js";
import { ALL } from "../totals.js";
import { closeWhenLeft } from "./menu.js";

/** @type {(language: import("../types.js").Language) => import("../types.js").Panel} */
export function createAbout({ format, t }) {
  const about = /** @type {HTMLDetailsElement} */ (byId("about"));
  const list = byId("about-list");
  const donate = /** @type {HTMLAnchorElement} */ (byId("donate"));
  setText(byId("about-title"), t("about"));
  setText(donate, t("donate"));
  let drawn = "";
  /** @type {import("../types.js").View | null} */
  let last = null;

  /** @type {(view: import("../types.js").View) => [string, string, string][]} */
  function listFacts({ snapshot, measure, now_ms }) {
    if (!snapshot) return [];
    const all = snapshot.totals[ALL] ?? {};
    const first = snapshot.timeline?.points[0];
    const sums = snapshot.measures.filter(({ name }) => name !== COUNT.name);
    return [
      ["board", t("about_board"), snapshot.title],
      ...(first ? [fact("since", t("about_since"), format.time(first[0] * 1000, now_ms))] : []),
      fact("unit", t("about_unit"), measure.unit ? format.unit(measure.unit) : t("about_plain")),
      fact("count", capital(snapshot.words?.item?.other) || t("about_count"), format.number(all.count ?? 0)),
      ...sums.map((sum) =>
        fact(`sum-${sum.name}`, t("about_sum", { name: sum.name }),
          format.amount(all[sum.name] ?? 0, sum)),
      ),
      fact("refunds", t("about_refunds"), t("about_refunds_text")),
      ...(snapshot.rejected > 0
        ? [fact("rejected", t("about_rejected"), t("about_rejected_text", {
            count: format.number(snapshot.rejected),
          }))]
        : []),
      ...(snapshot.in_place
        ? [fact("in-place", t("about_timeline"), t("about_in_place"))]
        : []),
      fact("changed", t("about_changed"), format.time(Date.parse(snapshot.at), now_ms)),
      fact("verified", t("about_verified"), snapshot.verified_at
        ? format.time(Date.parse(snapshot.verified_at), now_ms)
        : t("about_never")),
      ...(snapshot.verified_at ? [fact("drift", t("about_drift"), describeDrift(snapshot))] : []),
    ];
  }

  /**
   * What the check changed, in all.
   * @type {(snapshot: import("../types.js").Snapshot) => string}
   */
  function describeDrift({ drift, measures }) {
    const all = drift?.[ALL];
    if (!all) return t("about_no_drift");
    return measures
      .filter(({ name }) => all[name])
      .map((measure) => format.amount(all[measure.name], measure))
      .join(" · ");
  }

  /** @type {(text?: string) => string} */
  function capital(text = "") {
    return text.charAt(0).toLocaleUpperCase() + text.slice(1);
  }

  /** @type {(name: string, label: string, text: string) => [string, string, string]} */
  function fact(name, label, text) {
    return [name, label, text];
  }

  function draw() {
    if (!about.open || !last) return;
    const facts = listFacts(last);
    const key = JSON.stringify(facts);
    if (key === drawn) return;
    drawn = key;
    list.replaceChildren(
      ...facts.flatMap(([name, label, text]) => {
        const value = make("dd", "", text);
        value.dataset.fact = name;
        value.dir = "auto";
        return [make("dt", "", label), value];
      }),
    );
  }

  about.addEventListener("toggle", draw);
  closeWhenLeft(about);
  return (view) => {
    last = view;
    setHidden(about, !view.snapshot);
    const url = view.snapshot?.donate_url ?? "";
    const is_link = /^https?:\/\//i.test(url);
    setHidden(donate, !is_link);
    if (is_link && donate.getAttribute("href") !== url) donate.href = url;
    draw();
  };
}
