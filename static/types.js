/**
 * The shapes that modules hand each other. Nothing is loaded from here: JSDoc imports the types.
 * What the server sends is specified in docs/protocol.md, "Events".
 *
 * @typedef {Record<string, number>} Values measure name → integer of minor units; has `count`
 * @typedef {{name: string, attribute: string | null, unit: string, exponent: number}} Measure
 * @typedef {number[]} Point [start in seconds, count, one integer per further measure, one per line]
 * @typedef {{id: number, at_ms: number, attributes: Record<string, unknown>, seen_ms?: number}
 *   } TickerItem `seen_ms`: when this screen first saw it, by the server's clock
 *
 * @typedef {Values} Rest its `groups` is how many they are
 * @typedef {Record<string, Values>} Drift what a proof changed; of `ALL` alone
 *
 * @typedef {object} Goal
 * @property {string} measure
 * @property {number} target minor units
 * @property {number[]} milestones minor units, rising
 * @property {Record<string, string>} [names] step in minor units → what happens there
 * @property {Record<string, string>} reached step in minor units → when it was first reached, of
 *   the steps that are reached now
 *
 * @typedef {object} Timeline
 * @property {number} bucket_seconds width of `recent`
 * @property {number} step_seconds width of `points`
 * @property {Point[]} points all time
 * @property {Point[]} recent the last 70 minutes
 * @property {string[]} [lines] the groups that the last columns of points are of
 *
 * @typedef {{length: number, attributes: string[], items: TickerItem[]}} Ticker
 *
 * @typedef {object} Thanks
 * @property {number} least minor units of `measure`
 * @property {string} measure
 * @property {string | null} name the attribute of the ticker with the donor's name
 * @property {string | null} comment
 * @property {boolean} approved names and comments come once somebody has approved them
 *
 * @typedef {object} Thank a gift to say thanks for
 * @property {number} id of the ticker
 * @property {number} amount minor units
 * @property {string} name empty: not known, or not approved
 * @property {string} comment
 * @property {string | null} group
 * @property {number} seen_ms when this screen first saw it, by the server's clock
 * @property {boolean} [is_listed] false: newer ones have pushed it off the ticker
 *
 * @typedef {object} Status
 * @property {"live" | "checking" | "offline"} state
 * @property {boolean} live
 * @property {string} since
 * @property {string} reason
 * @property {string} at the server's clock
 * @property {string} page
 *
 * @typedef {object} Snapshot
 * @property {string} board
 * @property {string} epoch
 * @property {number} version
 * @property {string} at
 * @property {string} [created]
 * @property {string | null} [verified_at]
 * @property {Drift | null} [drift]
 * @property {string} title
 * @property {string} group_by
 * @property {Words} [words]
 * @property {string[]} group_order the groups that the board names, in its order
 * @property {boolean} [contest] the groups compete
 * @property {Thanks | null} [thanks] null: screens thank for no single item
 * @property {string | null} donate_url
 * @property {string | null} [donate_address]
 * @property {string | null} [ends]
 * @property {{text: string, until: string | null} | null} [match]
 * @property {boolean} [rehearsal] test money may be in the figures
 * @property {Measure[]} measures
 * @property {Record<string, Values>} totals `ALL` and the largest groups
 * @property {Record<string, number>} [numbers] group → its place in the order of appearance, from 1
 * @property {Rest | null} rest the other groups, as one
 * @property {Goal | null} goal
 * @property {Timeline | null} timeline
 * @property {boolean} [in_place] items are updated in place: when what came is not known
 * @property {Ticker | null} ticker
 * @property {number} rejected
 * @property {Look | null} [look] null: ours
 * @property {Control} [control] not kept with the figures
 * @property {Status} [status]
 *
 * @typedef {object} Update
 * @property {string} epoch
 * @property {number} version
 * @property {string} at
 * @property {string} [created]
 * @property {string | null} [verified_at]
 * @property {Drift | null} [drift]
 * @property {Record<string, Values | null>} [totals]
 * @property {Record<string, number>} [numbers] of groups that were not shown before
 * @property {Rest | null} [rest]
 * @property {{points?: Point[], recent?: Point[]}} [timeline]
 * @property {{put?: TickerItem[], removed?: number[]}} [ticker]
 * @property {Record<string, string>} [reached] steps to celebrate now
 * @property {Record<string, string>} [goal_reached] all that is reached now
 * @property {number} [rejected]
 *
 * @typedef {object} Words the event's own
 * @property {(Partial<Record<Intl.LDMLPluralRule, string>> & {other: string}) | null} item
 * @property {string | null} group
 * @property {Partial<Record<"groups" | "timeline" | "latest", string>>} headings
 *
 * @typedef {object} Look the event's own
 * @property {string} sheet address of its style sheet
 * @property {string} theme the nearest of ours
 * @property {string | null} logo
 * @property {{name: string, picture: string}[]} sponsors
 *
 * @typedef {{id: string, at: string}} Pulse something that every screen does once
 *
 * @typedef {object} Control what the crew has screens show
 * @property {string} pin a message; empty: none
 * @property {string | null} pin_until null: until it is taken off
 * @property {string[] | null} panels null: those that the address asks for
 * @property {Pulse | null} celebrate a test celebration
 * @property {Pulse | null} reload
 *
 * @typedef {{name: string, type: "text" | "number" | "amount", unit: string, exponent: number}} QueryColumn
 *
 * @typedef {object} QueryAnswer what a stored query answers, for a panel
 * @property {string} name
 * @property {string} title
 * @property {"table" | "number"} kind
 * @property {QueryColumn[]} columns
 * @property {(string | number | null)[][]} rows amounts in minor units
 * @property {"live" | "loading" | "away" | "gone"} state `gone` has no other members than the name
 * @property {string} since
 *
 * @typedef {import("./colours.js").Colours} Colours
 *
 * @typedef {"connecting" | "open" | "lost" | "unknown"} Phase `unknown`: there is no such board
 *
 * @typedef {{step: number, goal: boolean, test: boolean, at_ms: number, serial: number}} Celebration
 *   `at_ms`: browser's clock; `test`: the crew tries it out, and nothing was reached
 *
 * @typedef {object} State
 * @property {string} board as asked for; empty: the server's first
 * @property {Snapshot | null} snapshot the figures to draw: kept when the connection is lost
 * @property {boolean} proven figures of this board were live on this screen
 * @property {Snapshot | null} unproven what the server has instead of them, and cannot vouch for
 * @property {boolean} restored the figures are from before a reload; nothing was heard since
 * @property {Status | null} status
 * @property {Phase} phase
 * @property {number} phase_since_ms browser's clock
 * @property {number} heard_ms when the last event came, browser's clock
 * @property {number} clock_offset_ms server's clock minus the browser's
 * @property {number | null} as_of_ms server's clock when the figures were last known to be right
 * @property {boolean} fractional some sum is not a whole number of units: the big figure has cents
 * @property {Colours} colours
 * @property {string | null} page the first one seen
 * @property {boolean} page_changed
 * @property {boolean} out_of_step an update did not fit: only a snapshot helps
 * @property {Celebration | null} celebration
 * @property {import("./thanks.js").ThanksState} thanks
 * @property {Control | null} control null: not heard yet
 * @property {QueryAnswer[]} panels of stored queries
 * @property {boolean} reload_asked
 *
 * @typedef {{type: "snapshot", data: Snapshot, now_ms: number}
 *   | {type: "update", data: Update, now_ms: number}
 *   | {type: "status", data: Status, now_ms: number}
 *   | {type: "control", data: Control, now_ms: number}
 *   | {type: "panel", data: QueryAnswer, now_ms: number}
 *   | {type: "phase", phase: Phase, now_ms: number}
 *   | {type: "restored", snapshot: Snapshot, proven: boolean, as_of_ms: number | null,
 *      now_ms: number}} StateEvent
 *
 * @typedef {"live" | "checking" | "stale" | "reconnecting" | "offline" | "waiting" | "unknown"
 *   } TrustState
 * @typedef {{state: TrustState, live: boolean, as_of_ms: number | null, reason: string,
 *   since_ms: number | null}} Trust `reason`: the server's, of figures that it checks
 *
 * @typedef {object} View what a panel draws from
 * @property {State} state
 * @property {Snapshot | null} snapshot
 * @property {Measure} measure the one in the big figure
 * @property {Trust} trust
 * @property {number} now_ms server's clock; stands still while the figures are old
 * @property {number} server_ms server's clock
 * @property {boolean} rush updates come so fast that the figures run by themselves
 * @property {Map<string, number>} colours group → place in the palette
 *
 * @typedef {(view: View) => void} Panel draws what changed since its last call
 *
 * @typedef {object} PanelKind a part of the display that an address can ask for
 * @property {string} name in the address
 * @property {"top" | "figures" | "details"} place the figure and what stands beside it, what is below it, or
 *   the row at the bottom
 * @property {"always" | "instead" | "never"} in_overlay whether an overlay shows it unless told
 *   otherwise; `instead`: where the board has no ticker
 * @property {number} every_ms it is drawn at most so often; panels that say the same are drawn in the
 *   same moment
 * @property {(language: Language, redraw: () => void) => {section: HTMLElement, draw: Panel}} create
 *
 * @typedef {import("./format.js").Format} Format
 * @typedef {import("./texts.js").Translate} Translate
 * @typedef {{format: Format, t: Translate, items: import("./words.js").Items}} Language
 */
export {};
