"""Words in dates and times: months, half days, time zones, and filler words to skip."""

import re

_MONTHS = (
    "jan january januar jänner janvier janv",
    "feb february februar feber février févr fevrier fevr fév",
    "mar march märz mrz maerz mars",
    "apr april avril avr",
    "may mai",
    "jun june juni juin",
    "jul july juli juillet juil",
    "aug august août aout",
    "sep sept september septembre",
    "oct october okt oktober octobre",
    "nov november novembre",
    "dec december dez dezember décembre decembre déc",
)

MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}

# Hours east of UTC. Ambiguous names such as IST are left out: they count only as the board's own.
ZONES = {
    "z": 0.0, "utc": 0.0, "gmt": 0.0, "wet": 0.0, "bst": 1.0, "west": 1.0,
    "cet": 1.0, "mez": 1.0, "cest": 2.0, "mesz": 2.0, "eet": 2.0, "eest": 3.0, "msk": 3.0,
    "est": -5.0, "edt": -4.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0,
    "akst": -9.0, "akdt": -8.0, "hst": -10.0, "jst": 9.0, "sgt": 8.0, "hkt": 8.0,
    "awst": 8.0, "acst": 9.5, "acdt": 10.5, "aest": 10.0, "aedt": 11.0, "nzst": 12.0, "nzdt": 13.0,
}  # fmt: skip

# Days of the week, and filler words between date and time.
PASSED_OVER = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|satur|sat|sun)(?:day)?\b\.?"
    r"|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)\b"
    r"|\b(?:mo|di|mi|do|fr|sa|so)\b\.?(?=\s*,)"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b"
    r"|\b(?:lun|mer|jeu|ven|sam|dim)\.(?=\s)"
    r"|\b(?:um|at|à|of|le|den|the|de)\b|(?<=\d)(?:st|nd|rd|th|er)\b|,"
)
