//! The wait that a reply asks for, in any of the usual wordings.

use std::time::Duration;

/// The longest wait that is believed.
pub const LONGEST: Duration = Duration::from_secs(10 * 86_400);
/// Characters of a reply that are looked at.
const MAX_TEXT: usize = 2_000;
/// Words in front of a number among which one must say what the number means.
const REACH: usize = 4;

/// How long a reply asks its client to wait: "try again in 240 seconds", "come back in 00:05:00", "greylisted for 5
/// minutes", "retry in 1h30m". None if it names no time, or one that is no wait: a time of the day, a limit.
pub fn countdown(text: &str) -> Option<Duration> {
    let text: String = text.chars().take(MAX_TEXT).collect::<String>().to_ascii_lowercase();
    let words: Vec<&str> = text
        .split(|character: char| !(character.is_ascii_alphanumeric() || ":-.".contains(character)))
        .map(|word| word.trim_matches([':', '-', '.']))
        .filter(|word| !word.is_empty())
        .collect();
    if !words.iter().any(|word| is_cue(word)) {
        return None;
    }
    let mut at = 0;
    while at < words.len() {
        match duration(&words, at) {
            Some((seconds, next)) => {
                if is_wait(&words, at, next) {
                    let wait = Duration::from_secs(seconds);
                    return (seconds > 0 && wait <= LONGEST).then_some(wait);
                }
                at = next;
            }
            None => at += 1,
        }
    }
    None
}

/// Whether a word says that the client is to come again.
fn is_cue(word: &str) -> bool {
    const CUES: &[&str] = &["retry", "again", "back", "wait", "later", "delay", "defer", "resend", "retries"];
    const BEGINNINGS: &[&str] =
        &["greylist", "graylist", "grey-list", "gray-list", "delayed", "deferred", "retrying", "waiting", "try"];
    CUES.contains(&word) || BEGINNINGS.iter().any(|beginning| word.starts_with(beginning))
}

/// Whether the words around a duration make it a wait.
fn is_wait(words: &[&str], at: usize, next: usize) -> bool {
    // "at 14:05:00 UTC" and "14:05 PM" are times of the day.
    if words.get(next).is_some_and(|word| ["utc", "gmt", "am", "pm", "cet", "est", "pst"].contains(word)) {
        return false;
    }
    // "26 Nov 14:05:00" and "2026-11-26 14:05:00" too.
    let beside = [at.checked_sub(1), Some(next)].into_iter().flatten().filter_map(|place| words.get(place));
    if clock(words[at]).is_some() && beside.into_iter().any(|word| is_date(word)) {
        return false;
    }
    let before = &words[at.saturating_sub(REACH)..at];
    for word in before.iter().rev() {
        match *word {
            "within" | "per" | "every" | "until" | "expires" | "expire" | "last" | "before" | "limit" | "max" => {
                return false;
            }
            "at" => return false,
            // "after 14:05" names a moment, "after 00:05:00" a wait.
            "after" if clock(words[at]).is_some() && !words[at].starts_with("00:") => return false,
            "in" | "for" | "after" | "another" | "least" | "timeout" | "time" | "about" | "remaining" => return true,
            cue if is_cue(cue) => return true,
            _ => {}
        }
    }
    // "240 seconds left", "5 minutes remaining", "300 seconds delay".
    words.get(next).is_some_and(|word| ["left", "remaining", "to"].contains(word) || is_cue(word))
}

/// Whether a word is a part of a date: a year, a month, a day of the week, `2026-11-26`.
fn is_date(word: &str) -> bool {
    const NAMES: &[&str] = &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon", "tue", "wed", "thu",
        "fri", "sat", "sun",
    ];
    let is_year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
    let digits = |word: &str| !word.is_empty() && word.bytes().all(|octet| octet.is_ascii_digit());
    let is_whole = word.split('-').count() == 3 && word.split('-').all(digits);
    is_year && digits(word) || is_whole || NAMES.contains(&word)
}

/// The duration that begins at a word, in seconds, and the first word behind it.
fn duration(words: &[&str], at: usize) -> Option<(u64, usize)> {
    if let Some(seconds) = clock(words[at]) {
        return Some((seconds, at + 1));
    }
    let (mut total, mut next, mut unit) = measure(words, at).or_else(|| bare(words, at))?;
    // "4 minutes and 30 seconds": only smaller units follow.
    loop {
        let behind = next + usize::from(words.get(next).is_some_and(|word| *word == "and"));
        match words.get(behind).and_then(|_| measure(words, behind)) {
            Some((seconds, end, smaller)) if smaller < unit => {
                total = total.checked_add(seconds)?;
                (next, unit) = (end, smaller);
            }
            _ => return Some((total, next)),
        }
    }
}

/// `00:05:00` or `05:00`, in seconds.
fn clock(word: &str) -> Option<u64> {
    let parts: Vec<&str> = word.split(':').collect();
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(|part| (1..=3).contains(&part.len())) {
        return None;
    }
    let mut seconds = 0;
    for (index, part) in parts.iter().enumerate() {
        let value = part.parse::<u64>().ok().filter(|_| part.bytes().all(|octet| octet.is_ascii_digit()))?;
        if index > 0 && value > 59 {
            return None;
        }
        seconds = seconds * 60 + value;
    }
    Some(seconds)
}

/// A number with its unit, in one word or in two: the seconds, the first word behind, the unit's seconds.
fn measure(words: &[&str], at: usize) -> Option<(u64, usize, u64)> {
    let word = words[at];
    let digits = word.find(|character: char| !(character.is_ascii_digit() || character == '-')).unwrap_or(word.len());
    let (number, behind) = word.split_at(digits);
    if !behind.is_empty() && !number.is_empty() {
        return glued(word).map(|(seconds, smallest)| (seconds, at + 1, smallest));
    }
    let number = if number.is_empty() { spelled(word)? } else { number_of(number)? };
    let unit = unit(words.get(at + 1)?)?;
    Some((number.checked_mul(unit)?, at + 2, unit))
}

/// `300s`, `5min`, `1h30m`: the seconds, and the smallest unit's.
fn glued(word: &str) -> Option<(u64, u64)> {
    let (mut rest, mut total, mut smallest) = (word, 0_u64, u64::MAX);
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !(character.is_ascii_digit() || character == '-'))?;
        let number = number_of(&rest[..digits])?;
        let letters = &rest[digits..];
        let end = letters.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(letters.len());
        let unit = unit(&letters[..end]).filter(|unit| *unit < smallest)?;
        total = total.checked_add(number.checked_mul(unit)?)?;
        smallest = unit;
        rest = &letters[end..];
    }
    Some((total, smallest))
}

/// A number that has no unit and means seconds, as in "retry in 300" or "retry=300".
fn bare(words: &[&str], at: usize) -> Option<(u64, usize, u64)> {
    let number = number_of(words[at])?;
    let means_wait = match &words[..at] {
        [.., cue, "in" | "after"] => is_cue(cue),
        [.., last] => *last == "retry",
        [] => false,
    };
    let ends = words.get(at + 1).is_none_or(|next| *next == "and");
    (means_wait && ends).then_some((number, at + 1, 1))
}

/// `300`, or the greater number of `5-10`.
fn number_of(text: &str) -> Option<u64> {
    let number = match text.split_once('-') {
        Some((low, high)) => {
            let (low, high) = (digits(low)?, digits(high)?);
            low.max(high)
        }
        None => digits(text)?,
    };
    Some(number)
}

fn digits(text: &str) -> Option<u64> {
    let fits = (1..=7).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn spelled(word: &str) -> Option<u64> {
    const WORDS: &[(&str, u64)] = &[
        ("a", 1),
        ("an", 1),
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("ten", 10),
        ("fifteen", 15),
        ("twenty", 20),
        ("thirty", 30),
    ];
    WORDS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number)
}

fn unit(word: &str) -> Option<u64> {
    match word {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(60),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(3_600),
        "d" | "day" | "days" => Some(86_400),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        countdown(text).map(|wait| wait.as_secs())
    }

    #[test]
    fn countdowns_are_read_in_the_usual_wordings() {
        let cases = [
            ("4.7.1 Greylisted, please try again in 240 seconds", 240),
            ("4.7.1 Greylisting in action, please come back in 00:05:00", 300),
            ("Greylisted for 300 seconds (see http://isg.ee.ethz.ch/tools/postgrey/help/example.com.html)", 300),
            ("4.2.0 Recipient address rejected: Greylisted for 5 minutes", 300),
            ("You are being greylisted, try again in 5 min", 300),
            ("Please wait 4 minutes and 30 seconds before retrying", 270),
            ("Server is applying greylisting, estimated wait time: 60s", 60),
            ("try again later, retry in 1h30m", 5_400),
            ("Graylisted, retry after 900", 900),
            ("please retry in an hour", 3_600),
            ("try again in 5-10 minutes", 600),
            ("try again in 5 to 10 minutes", 600),
            ("temporarily rejected, 120 seconds left, try again", 120),
            ("Greylist active: 25 minutes remaining", 1_500),
            ("4.7.1 Please retry in 00:05", 5),
            ("Try again in at least 2 days", 172_800),
            ("GREYLISTED FOR 36 SECS.", 36),
            ("4.7.1 Greylisted by greyfix 0.4.0, try again in 30 seconds. See http://x.example/greyfix/", 30),
            ("4.7.1 Greylisted, retry=300", 300),
            ("4.7.1 Greylisted (retry=00:04:00)", 240),
            ("try again after 00:05:00", 300),
            ("try again in 1 hour, 5 minutes", 3_900),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn times_that_are_no_wait_are_not_read_as_one() {
        let cases = [
            "4.2.0 <a@x>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/x.html",
            "451 4.7.1 Try again later",
            "try again after 14:05:10 UTC",
            "try again after 14:05",
            "try again after 2026-11-26 14:05:00",
            "greylisted Thu 26 Nov 14:05:00 2026",
            "greylisted until 14:05:00",
            "greylisted, try again within 24 hours",
            "too many connections: 30 per 60 seconds, try again later",
            "452 4.2.2 mailbox full, 10 days",
            "try again in a few minutes",
            "try again in 99999999 seconds",
            "try again in 0 seconds",
            "try again in 9999999 days",
            "please retry from 192.0.2.300",
            "retry in 4.7.1",
            "",
        ];
        for text in cases {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn long_text_is_cut_and_not_feared() {
        assert_eq!(seconds(&format!("{} try again in 5 minutes", "é ".repeat(5_000))), None);
        assert_eq!(seconds(&"try again in 1-".repeat(1_000)), None);
        assert_eq!(seconds(&format!("try again in {}", "1h".repeat(900))), None);
    }
}
