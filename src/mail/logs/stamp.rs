//! The times of logs: with a zone, without one, without a year.

use std::fmt;

use super::Syslog;

/// A time as a log has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Seconds since 1970 as the log's own clock has it.
    pub(super) seconds: i64,
    /// The clock's distance from UTC in minutes; none if the log does not say.
    offset: Option<i16>,
}

impl fmt::Display for Stamp {
    /// As RFC 3339 has it; `-00:00` says that the zone is not known (§4.3).
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.offset.unwrap_or(0);
        let local = self.seconds + i64::from(minutes) * 60;
        let (days, rest) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = date_of(days);
        let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.offset {
            None => formatter.write_str("-00:00"),
            Some(0) => formatter.write_str("Z"),
            Some(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                write!(formatter, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }
}

/// Reads times; years that are missing are those of the last such date before now.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    now: i64,
}

impl Stamps {
    pub(super) fn new(now: i64) -> Self {
        Stamps { now }
    }

    /// Takes a line of syslog apart: `Mar  4 09:14:03 host program[1]: words`, or with a time of RFC 3339.
    pub(super) fn syslog<'a>(&self, line: &'a str) -> Option<Syslog<'a>> {
        // A priority, as syslog has it on the wire (RFC 3164 §4.1.1).
        let line = match line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            Some((number, rest)) if !number.is_empty() && number.len() <= 3 => rest.strip_prefix("1 ").unwrap_or(rest),
            _ => line,
        };
        let (stamp, rest) = match line.as_bytes().first()? {
            b'0'..=b'9' => {
                let (word, rest) = line.split_once(' ')?;
                (rfc3339(word)?, rest)
            }
            _ => (self.yearless(line.get(..15)?)?, line.get(15..)?.trim_start()),
        };
        let (host, rest) = rest.split_once(' ')?;
        let (program, words) = rest.trim_start().split_once(": ")?;
        let program = program.split(['[', ' ']).next().unwrap_or_default();
        Some(Syslog { stamp, host, program, words: words.trim_start() })
    }

    /// `Mar  4 09:14:03`.
    fn yearless(&self, text: &str) -> Option<Stamp> {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let at = MONTHS.find(text.get(..3)?).filter(|at| at % 3 == 0)?;
        let month = at as i64 / 3 + 1;
        let day: i64 = text.get(4..6)?.trim().parse().ok()?;
        let clock = clock(text.get(7..15)?)?;
        let (year, _, _) = date_of(self.now.div_euclid(86_400));
        let of = |year| days_of(year, month, day) * 86_400 + clock;
        // A day ahead may be a clock of another zone.
        let seconds = if of(year) > self.now + 86_400 { of(year - 1) } else { of(year) };
        Some(Stamp { seconds, offset: None })
    }

    /// `09:14:03` of the day that a file's name would tell: of the last such time before now.
    pub(super) fn clock_only(&self, text: &str) -> Option<Stamp> {
        let clock = clock(text)?;
        let today = self.now.div_euclid(86_400) * 86_400 + clock;
        let seconds = if today > self.now { today - 86_400 } else { today };
        Some(Stamp { seconds, offset: None })
    }
}

impl Stamp {
    /// A time in UTC.
    pub(super) fn utc(seconds: i64) -> Self {
        Stamp { seconds, offset: Some(0) }
    }

    /// `2025-03-04` and `09:14:03`, with any divider of the date; a zone such as `+0100` if there is one.
    pub(super) fn of(date: &str, time: &str, zone: Option<&str>) -> Option<Self> {
        let part = |range: std::ops::Range<usize>| -> Option<i64> { date.get(range)?.parse().ok() };
        let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let local = days_of(year, month, day) * 86_400 + clock(time.get(..8)?)?;
        let offset = zone.and_then(offset);
        Some(Stamp { seconds: local - i64::from(offset.unwrap_or(0)) * 60, offset })
    }
}

/// `2025-03-04T09:14:03.123+01:00`, or with `Z`, or without a zone.
pub(super) fn rfc3339(text: &str) -> Option<Stamp> {
    let (date, time) = text.split_once(['T', ' '])?;
    let zone = time.get(8..)?.trim_start_matches(['.', ',']).trim_start_matches(|digit: char| digit.is_ascii_digit());
    Stamp::of(date, time, Some(zone).filter(|zone| !zone.is_empty()))
}

fn offset(zone: &str) -> Option<i16> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = zone[1..].chars().filter(char::is_ascii_digit).take(4).collect();
    let hours: i16 = digits.get(..2)?.parse().ok()?;
    let minutes: i16 = digits.get(2..4)?.parse().ok()?;
    Some(sign * (hours * 60 + minutes))
}

fn clock(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let two = |at: usize| {
        let (high, low) = (bytes[at], bytes[at + 1]);
        (high.is_ascii_digit() && low.is_ascii_digit()).then(|| i64::from(high - b'0') * 10 + i64::from(low - b'0'))
    };
    Some(two(0)? * 3_600 + two(3)? * 60 + two(6)?)
}

/// Days since 1970 of a date of the Gregorian calendar.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_a_zone() {
        let text = |stamp: Option<Stamp>| stamp.map(|stamp| stamp.to_string());
        let stamps = Stamps::new(1_764_230_400);
        assert_eq!(text(stamps.yearless("Mar  4 09:14:03")).as_deref(), Some("2025-03-04T09:14:03-00:00"));
        assert_eq!(text(stamps.yearless("Dec 31 23:59:59")).as_deref(), Some("2024-12-31T23:59:59-00:00"));
        assert_eq!(text(rfc3339("2025-03-04T09:14:03.123456+01:00")).as_deref(), Some("2025-03-04T09:14:03+01:00"));
        assert_eq!(text(rfc3339("2025-03-04T08:14:03.123Z")).as_deref(), Some("2025-03-04T08:14:03Z"));
        assert_eq!(text(rfc3339("2025-03-04T08:14")), None);
        assert_eq!(rfc3339("2025-03-04T09:14:03+0100").map(|stamp| stamp.seconds), Some(1_741_076_043));
    }

    #[test]
    fn days_and_dates_agree() {
        for days in [-1, 0, 59, 60, 11_016, 20_151, 40_000] {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
        assert_eq!(date_of(20_151), (2025, 3, 4));
    }
}
