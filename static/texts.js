/**
 * The texts of the display. A text is a sentence with {names}, or one per plural category of {n}.
 *
 * @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Text
 * @typedef {Record<keyof typeof en, Text>} Texts
 * @typedef {(name: keyof typeof en, values?: Record<string, string>, n?: number) => string
 *   } Translate
 */

const en = {
  live: "Live",
  checking: "Checking",
  stale: "Not live",
  reconnecting: "Reconnecting",
  offline: "Offline",
  waiting: "Waiting for the server",
  unknown: "Unknown board",
  sign_checking: "Being checked – these figures may be incomplete",
  sign_stale: "No new figures since {time}",
  sign_reconnecting: "Reconnecting – figures as of {time}",
  sign_offline: "Offline – figures as of {time}",
  sign_waiting: "Waiting for the first figures",
  sign_since: "{reason} Since {time}.",
  sign_unknown: "There is no board named “{board}”",
  changed: "last change {age}",
  donations: { one: "{count} donation", other: "{count} donations" },
  not_counted: { one: "{count} not counted", other: "{count} not counted" },
  no_name: "(no name)",
  of_goal: "of {target}",
  total: "Total",
  goal: "Goal",
  by: "By {group}",
  more: { one: "{count} more", other: "{count} more" },
  nothing_yet: "Nothing yet",
  nothing_given_yet: "The first donation will appear here",
  goal_done: "Goal reached",
  timeline: "Over time",
  last_minutes: "last {minutes} min",
  not_drawn: {
    one: "Not drawn: {count} donation dated {when}",
    other: "Not drawn: {count} donations dated {when}",
  },
  best: "Best {span}: {sum}",
  latest: "Latest donations",
  about: "What is in this number?",
  about_board: "Board",
  about_since: "Counted since",
  about_unit: "Currency",
  about_plain: "a plain number",
  about_count: "Donations",
  about_sum: "Sum of {name}",
  about_refunds: "Refunds and corrections",
  about_refunds_text: "already deducted",
  about_rejected: "Not counted",
  about_rejected_text: "{count}: an amount or another detail cannot be read",
  about_timeline: "Over time",
  about_in_place: "not known: the donations are updated in place",
  about_verified: "Last audit",
  about_never: "not yet",
  about_drift: "Corrected",
  about_no_drift: "nothing",
  about_changed: "Last change",
  reached: "{step} reached!",
  reached_goal: "Goal reached!",
  said: "{total}, {donations}",
  boards: "Boards",
  all_boards: "All boards",
  choose_board: "Choose a board",
  no_boards: "There is no board yet",
  help: "Help",
  donate: "Donate",
};

/** @type {Texts} */
const de = {
  live: "Live",
  checking: "Wird geprüft",
  stale: "Nicht live",
  reconnecting: "Verbindet neu",
  offline: "Offline",
  waiting: "Wartet auf den Server",
  unknown: "Unbekanntes Board",
  sign_checking: "Wird geprüft – diese Zahlen können unvollständig sein",
  sign_stale: "Keine neuen Zahlen seit {time}",
  sign_reconnecting: "Verbindung wird erneuert – Stand {time}",
  sign_offline: "Offline – Stand {time}",
  sign_waiting: "Wartet auf die ersten Zahlen",
  sign_since: "{reason} Seit {time}.",
  sign_unknown: "Es gibt kein Board namens „{board}“",
  changed: "letzte Änderung {age}",
  donations: { one: "{count} Spende", other: "{count} Spenden" },
  not_counted: { one: "{count} nicht gezählt", other: "{count} nicht gezählt" },
  no_name: "(ohne Namen)",
  of_goal: "von {target}",
  total: "Summe",
  goal: "Ziel",
  by: "Nach {group}",
  more: { one: "{count} weitere", other: "{count} weitere" },
  nothing_yet: "Noch nichts",
  nothing_given_yet: "Hier erscheint die erste Spende",
  goal_done: "Ziel erreicht",
  timeline: "Verlauf",
  last_minutes: "letzte {minutes} Min.",
  not_drawn: {
    one: "Nicht gezeichnet: {count} Spende von {when}",
    other: "Nicht gezeichnet: {count} Spenden von {when}",
  },
  best: "Beste {span}: {sum}",
  latest: "Neueste Spenden",
  about: "Was steckt in dieser Zahl?",
  about_board: "Board",
  about_since: "Gezählt seit",
  about_unit: "Währung",
  about_plain: "eine einfache Zahl",
  about_count: "Spenden",
  about_sum: "Summe von {name}",
  about_refunds: "Erstattungen und Korrekturen",
  about_refunds_text: "schon abgezogen",
  about_rejected: "Nicht gezählt",
  about_rejected_text: "{count}: ein Betrag oder eine andere Angabe ist nicht lesbar",
  about_timeline: "Verlauf",
  about_in_place: "nicht bekannt: die Spenden werden laufend überschrieben",
  about_verified: "Zuletzt geprüft",
  about_never: "noch nicht",
  about_drift: "Korrigiert",
  about_no_drift: "nichts",
  about_changed: "Letzte Änderung",
  reached: "{step} erreicht!",
  reached_goal: "Ziel erreicht!",
  said: "{total}, {donations}",
  boards: "Boards",
  all_boards: "Alle Boards",
  choose_board: "Board wählen",
  no_boards: "Es gibt noch kein Board",
  help: "Hilfe",
  donate: "Spenden",
};

/** @type {Texts} */
const ar = {
  live: "مباشر",
  checking: "قيد التحقق",
  stale: "غير مباشر",
  reconnecting: "جارٍ إعادة الاتصال",
  offline: "غير متصل",
  waiting: "في انتظار الخادم",
  unknown: "لوحة غير معروفة",
  sign_checking: "قيد التحقق – قد تكون هذه الأرقام غير مكتملة",
  sign_stale: "لا أرقام جديدة منذ {time}",
  sign_reconnecting: "جارٍ إعادة الاتصال – الأرقام حتى {time}",
  sign_offline: "غير متصل – الأرقام حتى {time}",
  sign_waiting: "في انتظار الأرقام الأولى",
  sign_since: "{reason} منذ {time}.",
  sign_unknown: "لا توجد لوحة باسم «{board}»",
  changed: "آخر تغيير {age}",
  donations: {
    zero: "لا تبرعات",
    one: "تبرع واحد",
    two: "تبرعان",
    few: "{count} تبرعات",
    many: "{count} تبرعًا",
    other: "{count} تبرع",
  },
  not_counted: {
    one: "تبرع واحد غير محتسب",
    two: "تبرعان غير محتسبين",
    few: "{count} تبرعات غير محتسبة",
    many: "{count} تبرعًا غير محتسب",
    other: "{count} تبرع غير محتسب",
  },
  no_name: "(بلا اسم)",
  of_goal: "من {target}",
  total: "المجموع",
  goal: "الهدف",
  by: "حسب {group}",
  more: { one: "واحدة أخرى", two: "اثنتان أخريان", other: "{count} أخرى" },
  nothing_yet: "لا شيء بعد",
  nothing_given_yet: "سيظهر هنا أول تبرع",
  goal_done: "تم بلوغ الهدف",
  timeline: "عبر الوقت",
  last_minutes: "آخر {minutes} دقيقة",
  not_drawn: {
    one: "غير مرسوم: تبرع واحد بتاريخ {when}",
    two: "غير مرسوم: تبرعان بتاريخ {when}",
    few: "غير مرسوم: {count} تبرعات بتاريخ {when}",
    other: "غير مرسوم: {count} تبرع بتاريخ {when}",
  },
  best: "أفضل {span}: {sum}",
  latest: "أحدث التبرعات",
  about: "ما الذي يشمله هذا الرقم؟",
  about_board: "اللوحة",
  about_since: "العد منذ",
  about_unit: "العملة",
  about_plain: "عدد بسيط",
  about_count: "التبرعات",
  about_sum: "مجموع {name}",
  about_refunds: "المبالغ المستردة والتصحيحات",
  about_refunds_text: "محسوبة: هذا هو الصافي",
  about_rejected: "غير محتسبة",
  about_rejected_text: "{count}: تعذرت قراءة المبلغ أو بيان آخر",
  about_timeline: "عبر الوقت",
  about_in_place: "غير معروف: تُحدَّث التبرعات في مكانها",
  about_verified: "آخر تدقيق",
  about_never: "ليس بعد",
  about_drift: "تم تصحيح",
  about_no_drift: "لا شيء",
  about_changed: "آخر تغيير",
  reached: "تم بلوغ {step}!",
  reached_goal: "تم بلوغ الهدف!",
  said: "{total}، {donations}",
  boards: "اللوحات",
  all_boards: "كل اللوحات",
  choose_board: "اختر لوحة",
  no_boards: "لا توجد لوحات بعد",
  help: "مساعدة",
  donate: "تبرّع",
};

/** @type {[string, Texts][]} */
const WRITTEN = [["en", en], ["de", de], ["ar", ar]];
const LANGUAGES = new Map(WRITTEN);
const RIGHT_TO_LEFT = ["ar"];

/**
 * A language without texts of its own is given the English ones, from left to right as they are
 * read; numbers and dates are still its.
 * @type {(lang: string) => {t: Translate, texts_lang: string, dir: "ltr" | "rtl"}}
 */
export function createTexts(lang) {
  const language = lang.split("-")[0].toLowerCase();
  const texts_lang = LANGUAGES.has(language) ? language : "en";
  /** @type {Texts} */
  const texts = LANGUAGES.get(texts_lang) ?? en;
  const plurals = new Intl.PluralRules(texts_lang);
  return {
    texts_lang,
    dir: RIGHT_TO_LEFT.includes(texts_lang) ? "rtl" : "ltr",
    t(name, values = {}, n = 0) {
      const text = texts[name];
      const chosen = typeof text === "string" ? text : (text[plurals.select(n)] ?? text.other);
      return (chosen ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
    },
  };
}
