-- Returns milliseconds since 1970 as ISO 8601 in UTC, such as 2026-11-21T19:04:11.218Z.
-- The calendar: https://howardhinnant.github.io/date_algorithms.html#civil_from_days
local function format_moment(ms)
  local floor = math.floor
  local second = floor(ms / 1000)
  local days = floor(second / 86400)
  local of_day = second - days * 86400
  local shifted = days + 719468
  local era = floor(shifted / 146097)
  local of_era = shifted - era * 146097
  local year_of_era = floor(
    (of_era - floor(of_era / 1460) + floor(of_era / 36524) - floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year_of_era + floor(year_of_era / 4) - floor(year_of_era / 100))
  local from_march = floor((5 * of_year + 2) / 153)
  local day = of_year - floor((153 * from_march + 2) / 5) + 1
  local month = from_march < 10 and from_march + 3 or from_march - 9
  local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, day,
    floor(of_day / 3600), floor(of_day / 60) % 60, of_day % 60, ms - second * 1000)
end
