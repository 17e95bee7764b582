/**
 * The panels of the display, in the order they are read. A new one is a file beside this and a line
 * here: the page, the address and the help page follow.
 */
import { bars } from "./bars.js";
import { give } from "./give.js";
import { goal } from "./goal.js";
import { ticker } from "./ticker.js";
import { timeline } from "./timeline.js";
import { total } from "./total.js";

/** @type {import("../types.js").PanelKind[]} */
export const PANELS = [total, give, goal, bars, timeline, ticker];
