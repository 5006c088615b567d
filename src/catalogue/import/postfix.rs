//! Postfix's main.cf: postscreen's sites with their weights, and the lists in restrictions of smtpd (postconf(5)).

use std::collections::BTreeMap;

use super::{Fault, Imported};
use crate::catalogue::keys::hidden;
use crate::catalogue::{Code, Effect, Kind, List, Matcher, MatcherError, Scoring};

/// Where restrictions of smtpd stand.
const RESTRICTIONS: &[&str] = &[
    "smtpd_client_restrictions",
    "smtpd_helo_restrictions",
    "smtpd_sender_restrictions",
    "smtpd_relay_restrictions",
    "smtpd_recipient_restrictions",
    "smtpd_data_restrictions",
    "smtpd_end_of_data_restrictions",
    "smtpd_etrn_restrictions",
];
/// Points that refuse mail where Postfix does not count.
const REFUSES: i32 = 100;
/// How deep a `$name` may lead to another.
const MAX_DEPTH: u8 = 16;

/// Whether the text is a main.cf: it has a setting, whose name holds no dot, as a zone's would.
pub(super) fn is_meant(text: &str) -> bool {
    let is_setting = |line: &str| line.split_once('=').is_some_and(|(name, _)| is_name(name.trim_end()));
    text.lines().any(|line| !line.starts_with(['#', ' ', '\t']) && is_setting(line))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A setting: where it begins, and its value with the number of each line.
struct Setting<'a> {
    line: usize,
    value: Vec<(usize, &'a str)>,
}

impl Setting<'_> {
    fn text(&self) -> String {
        let parts: Vec<&str> = self.value.iter().map(|(_, part)| part.trim()).collect();
        parts.join(" ")
    }
}

type Settings<'a> = BTreeMap<&'a str, Setting<'a>>;

pub(super) fn read(text: &str) -> Result<Imported, Fault> {
    let settings = settings(text)?;
    let mut imported = Imported::default();
    threshold(&settings, &mut imported)?;
    let mut reader = Reader { settings: &settings, imported, used: Vec::new() };
    if let Some(sites) = settings.get("postscreen_dnsbl_sites") {
        reader.imported.threshold.get_or_insert(1);
        for (line, word) in reader.words(sites)? {
            site(&mut reader.imported, &word, line)?;
        }
        reader.ignored();
    }
    // What counts nothing has no other threshold than this program's.
    let points = match reader.imported.scoring {
        Scoring::Postscreen => reader.refusing(),
        _ => REFUSES,
    };
    let classes = match settings.get("smtpd_restriction_classes") {
        Some(classes) => reader.words(classes)?.into_iter().map(|(_, name)| name).collect(),
        None => Vec::new(),
    };
    for name in RESTRICTIONS.iter().copied().chain(classes.iter().map(String::as_str)) {
        if let Some(setting) = settings.get(name) {
            reader.restrictions(setting, points)?;
        }
    }
    if let Some(setting) = settings.get("maps_rbl_domains") {
        for (line, zone) in reader.words(setting)? {
            let list = reader.imported.list(&zone, line)?;
            add(list, Matcher::any(), Effect::Listed, points);
        }
    }
    reader.unused(&classes);
    Ok(reader.imported)
}

/// The settings of a file. A line that begins with a blank continues the one before, comments and empty lines in
/// between notwithstanding; of a setting that stands there twice the last counts (postconf(5)).
fn settings(text: &str) -> Result<Settings<'_>, Fault> {
    let mut settings = Settings::new();
    let mut open: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let setting = open.and_then(|name| settings.get_mut(name));
            let why = || "the line continues nothing, since it begins with a blank".to_owned();
            setting.ok_or_else(why).map_err(Fault::at(number))?.value.push((number, line));
            continue;
        }
        let named = line.split_once('=').map(|(name, value)| (name.trim_end(), value));
        let Some((name, value)) = named.filter(|(name, _)| is_name(name)) else {
            let why = format!("\"{}\" is no setting: name = value", hidden(line.trim_end()));
            return Err(Fault { line: number, why });
        };
        open = Some(name);
        settings.insert(name, Setting { line: number, value: vec![(number, value)] });
    }
    Ok(settings)
}

fn threshold(settings: &Settings<'_>, imported: &mut Imported) -> Result<(), Fault> {
    let Some(setting) = settings.get("postscreen_dnsbl_threshold") else { return Ok(()) };
    let value = expanded(&setting.text(), settings, 0).map_err(Fault::at(setting.line))?;
    let threshold: u32 = value.trim().parse().unwrap_or(0);
    if threshold == 0 {
        return Err(Fault { line: setting.line, why: format!("\"{}\" is no threshold", value.trim()) });
    }
    imported.threshold = Some(threshold);
    Ok(())
}

/// One of postscreen's sites: `zone[=pattern][*weight]`. A pattern's weight counts once, and one below zero speaks
/// for the client.
pub(super) fn site(imported: &mut Imported, text: &str, line: usize) -> Result<(), Fault> {
    let wrong = Fault::at(line);
    // A star in a pattern of this program's is no weight.
    let (place, weight) = match text.rsplit_once('*') {
        Some((place, weight)) if !weight.starts_with('.') && !weight.is_empty() => (place, weight),
        _ => (text, "1"),
    };
    // Postfix takes no weight beyond its own integers.
    let weight: i32 = weight.parse().map_err(|_| wrong(format!("\"{}\" is no weight", hidden(weight))))?;
    let (zone, pattern) = filter(place).map_err(wrong)?;
    imported.scoring = Scoring::Postscreen;
    imported.threshold.get_or_insert(1);
    let effect = if weight < 0 { Effect::Allow } else { Effect::Listed };
    add(imported.list(zone, line)?, pattern, effect, weight);
    Ok(())
}

/// `zone[=pattern]`. Without a pattern every answer counts.
fn filter(text: &str) -> Result<(&str, Matcher), String> {
    let Some((zone, pattern)) = text.split_once('=') else { return Ok((text, Matcher::any())) };
    let pattern = pattern.parse().map_err(|error: MatcherError| error.to_string())?;
    Ok((zone, pattern))
}

/// Adds a filter to a list. What no filter covers earns nothing there.
fn add(list: &mut List, matcher: Matcher, effect: Effect, points: i32) {
    list.weight = 0;
    list.codes.push(Code { matcher, meaning: String::new(), effect, points, message: None, header: None });
}

struct Reader<'a> {
    settings: &'a Settings<'a>,
    imported: Imported,
    /// Texts of settings that `$name` brought in.
    used: Vec<String>,
}

impl Reader<'_> {
    /// The words of a value, with what `$name` stands for in their place.
    fn words(&mut self, setting: &Setting<'_>) -> Result<Vec<(usize, String)>, Fault> {
        let mut words = Vec::new();
        for (line, part) in &setting.value {
            for word in split(part) {
                // Tables are no lists, wherever they are: hash:$config_directory/access.
                if !word.contains('$') || word.contains(":/") || word.contains(":$") {
                    words.push((*line, word.to_owned()));
                    continue;
                }
                let text = expanded(word, self.settings, 0).map_err(Fault::at(*line))?;
                words.extend(split(&text).map(|word| (*line, word.to_owned())));
                self.used.push(word.to_owned());
            }
        }
        Ok(words)
    }

    /// Points that refuse by themselves, whatever speaks for a client at postscreen.
    fn refusing(&self) -> i32 {
        let codes = self.imported.lists.iter().flat_map(|list| &list.codes);
        let good = codes.map(|code| code.points.min(0)).fold(0, i32::saturating_add);
        let threshold = self.imported.threshold.unwrap_or(1).try_into().unwrap_or(i32::MAX);
        i32::saturating_sub(threshold, good)
    }

    /// The lists in restrictions. Each refuses, or lets in, by itself.
    fn restrictions(&mut self, setting: &Setting<'_>, points: i32) -> Result<(), Fault> {
        let mut words = self.words(setting)?.into_iter();
        let mut harmless = false;
        while let Some((line, word)) = words.next() {
            let was_harmless = std::mem::take(&mut harmless);
            let (effect, kind) = match word.as_str() {
                "warn_if_reject" => {
                    harmless = true;
                    continue;
                }
                "reject_rbl_client" | "reject_rbl" => (Effect::Listed, None),
                "reject_rhsbl_client"
                | "reject_rhsbl_reverse_client"
                | "reject_rhsbl_helo"
                | "reject_rhsbl_sender"
                | "reject_rhsbl_recipient" => (Effect::Listed, Some(Kind::Domain)),
                "permit_dnswl_client" => (Effect::Allow, None),
                "permit_rhswl_client" => (Effect::Allow, Some(Kind::Domain)),
                other if names_lists(other) && other != "reject_maps_rbl" => {
                    return Err(Fault { line, why: format!("\"{}\" is no restriction that is known", hidden(other)) });
                }
                _ => continue,
            };
            let Some((line, place)) = words.next() else {
                return Err(Fault { line, why: format!("{word} lacks its list") });
            };
            let (zone, pattern) = filter(&place).map_err(Fault::at(line))?;
            let list = self.imported.list(zone, line)?;
            // A zone that is asked about names by one restriction and about addresses by another says nothing.
            match (kind, list.codes.is_empty()) {
                (Some(kind), true) => list.kinds = vec![kind],
                (Some(kind), false) if list.kinds == [kind] => {}
                _ => list.kinds.clear(),
            }
            let counts = effect == Effect::Listed && !was_harmless;
            let points = if counts { points } else { 0 };
            // What two restrictions ask alike counts once.
            let is_same = |code: &Code| code.matcher == pattern && code.effect == effect && code.points == points;
            if !list.codes.iter().any(is_same) {
                add(list, pattern, effect, points);
            }
            if was_harmless {
                let zone = list.zone.clone();
                self.imported.remarks.push(format!("line {line}: {zone} only warns there, and counts 0"));
            }
        }
        Ok(())
    }

    /// What postscreen does with a sum, where that is not to refuse.
    fn ignored(&mut self) {
        let action = self.settings.get("postscreen_dnsbl_action");
        let value = action.map_or_else(|| "ignore".to_owned(), Setting::text);
        if value.trim() == "ignore" {
            let line = action.map(|setting| format!("line {}: ", setting.line)).unwrap_or_default();
            let remark = "postscreen_dnsbl_action is ignore: postscreen refuses nobody by the threshold";
            self.imported.remarks.push(format!("{line}{remark}"));
        }
    }

    /// Settings that name lists and that nothing here makes use of: master.cf may.
    fn unused(&mut self, classes: &[String]) {
        for (name, setting) in self.settings {
            let known = RESTRICTIONS.contains(name) || classes.iter().any(|class| class == name);
            let used = self.used.iter().any(|word| variables(word).any(|variable| variable == *name))
                || self.settings.values().any(|other| variables(&other.text()).any(|variable| variable == *name));
            if !known && !used && split(&setting.text()).any(names_lists) {
                let remark =
                    format!("line {}: {name} names lists, and nothing in this file makes use of it", setting.line);
                self.imported.remarks.push(remark);
            }
        }
    }
}

/// Whether a word is a restriction by lists, or meant to be one.
fn names_lists(word: &str) -> bool {
    ["reject_rbl", "reject_rhsbl", "reject_maps_rbl", "permit_dnswl", "permit_rhswl"]
        .iter()
        .any(|start| word.starts_with(start))
}

fn split(value: &str) -> impl Iterator<Item = &str> {
    value.split([',', ' ', '\t', '\r']).filter(|word| !word.is_empty())
}

/// The names behind `$` in a value.
fn variables(value: &str) -> impl Iterator<Item = &str> {
    value.split('$').skip(1).map(|rest| {
        let rest = rest.trim_start_matches(['{', '(']);
        &rest[..rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(rest.len())]
    })
}

/// A value with `$name`, `${name}` and `$(name)` replaced by what the file says of them.
fn expanded(value: &str, settings: &Settings<'_>, depth: u8) -> Result<String, String> {
    if depth == MAX_DEPTH {
        return Err(format!("\"{}\" leads back to itself", hidden(value)));
    }
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once('$') {
        text.push_str(before);
        if let Some(behind) = behind.strip_prefix('$') {
            text.push('$');
            rest = behind;
            continue;
        }
        let closing = match behind.chars().next() {
            Some('{') => Some('}'),
            Some('(') => Some(')'),
            _ => None,
        };
        let (name, end) = match closing {
            Some(closing) => {
                let end = behind.find(closing).ok_or_else(|| format!("\"{}\" does not end", hidden(value)))?;
                (&behind[1..end], end + 1)
            }
            None => {
                let end = behind.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
                let end = end.unwrap_or(behind.len());
                (&behind[..end], end)
            }
        };
        if !is_name(name) {
            return Err(format!("\"${name}\" is more than a name, and a list may hide behind it"));
        }
        match settings.get(name) {
            Some(setting) => text.push_str(&expanded(&setting.text(), settings, depth + 1)?),
            // Their defaults name no list.
            None if RESTRICTIONS.contains(&name) => {}
            None => return Err(format!("${name} is not set in this file, and a list may hide behind it")),
        }
        rest = &behind[end..];
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn error(text: &str) -> String {
        read(text, "main.cf").expect_err("a fault").to_string()
    }

    fn zones(imported: &Imported) -> Vec<&str> {
        imported.lists.iter().map(|list| list.zone.as_str()).collect()
    }

    /// The filters of a list as pattern and points.
    fn filters(imported: &Imported, zone: &str) -> Vec<(String, i32)> {
        let list = imported.lists.iter().find(|list| list.zone == zone).expect(zone);
        list.codes.iter().map(|code| (code.matcher.to_string(), code.points)).collect()
    }

    #[test]
    fn whole_file_with_other_settings_comments_and_continuations() {
        let text = "# mail\nbiff = no\nmyhostname=mx.example.net\nsmtpd_relay_restrictions = permit_mynetworks,\n  \
                    reject_unauth_destination\npostscreen_dnsbl_threshold = 6\npostscreen_access_list = \
                    permit_mynetworks,\n  cidr:/etc/postfix/own.cidr\npostscreen_dnsbl_sites =\n  \
                    wl.mailspike.net=127.0.0.[18;19;20]*-2\n# a comment between\n\n  \
                    zen.spamhaus.org=127.0.0.[10;11]*8, zen.spamhaus.org=127.0.0.[4..7]*6\n  bl.spamcop.net*2\n\
                    myorigin = example.net\n";
        let imported = read(text, "main.cf").expect("an import");
        assert_eq!((imported.threshold, imported.scoring), (Some(6), Scoring::Postscreen));
        assert_eq!(zones(&imported), ["wl.mailspike.net", "zen.spamhaus.org", "bl.spamcop.net"]);
        assert_eq!(filters(&imported, "wl.mailspike.net"), [("127.0.0.[18;19;20]".to_owned(), -2)]);
        let zen = [("127.0.0.[10;11]".to_owned(), 8), ("127.0.0.[4..7]".to_owned(), 6)];
        assert_eq!(filters(&imported, "zen.spamhaus.org"), zen);
        assert_eq!(filters(&imported, "bl.spamcop.net"), [("127.*.*.*".to_owned(), 2)]);
    }

    #[test]
    fn restrictions_refuse_by_themselves_and_allowlists_let_in() {
        let text = "smtpd_recipient_restrictions = permit_mynetworks\n permit_dnswl_client \
                    list.dnswl.org=127.0.[0..255].[1..3]\n reject_rbl_client zen.spamhaus.org=127.0.0.[2..11],\n \
                    reject_rhsbl_sender dbl.spamhaus.org,reject_rhsbl_helo dbl.spamhaus.org\n warn_if_reject\n \
                    reject_rbl_client bl.example.net\n check_client_access hash:$config_directory/access\n";
        let imported = read(text, "main.cf").expect("an import");
        assert_eq!((imported.threshold, imported.scoring), (None, Scoring::Highest));
        assert_eq!(filters(&imported, "zen.spamhaus.org"), [("127.0.0.[2..11]".to_owned(), 100)]);
        assert_eq!(filters(&imported, "bl.example.net"), [("127.*.*.*".to_owned(), 0)]);
        assert_eq!(imported.lists[0].codes[0].effect, Effect::Allow);
        let dbl = imported.lists.iter().find(|list| list.zone == "dbl.spamhaus.org").expect("the list");
        assert_eq!(dbl.kinds, [Kind::Domain]);
        assert!(imported.remarks[0].starts_with("line 6: bl.example.net only warns"), "{:?}", imported.remarks);
    }

    #[test]
    fn restriction_beside_postscreen_is_worth_its_threshold() {
        let text = "smtpd_client_restrictions = reject_rbl_client bl.example.net\npostscreen_dnsbl_threshold = 4\n\
                    postscreen_dnsbl_sites = zen.spamhaus.org*3\n";
        let imported = read(text, "main.cf").expect("an import");
        assert_eq!(filters(&imported, "bl.example.net"), [("127.*.*.*".to_owned(), 4)]);
    }

    #[test]
    fn no_good_mark_at_postscreen_outweighs_a_restriction() {
        let text = "smtpd_client_restrictions = reject_rhsbl_helo d.example, reject_rhsbl_sender d.example\n\
                    postscreen_dnsbl_threshold = 4\npostscreen_dnsbl_sites = wl.example=127.0.0.[2;3]*-2 a.example*-1\n";
        let imported = read(text, "main.cf").expect("an import");
        assert_eq!(filters(&imported, "d.example"), [("127.*.*.*".to_owned(), 7)]);
    }

    #[test]
    fn names_of_the_file_are_expanded_and_unknown_ones_are_faults() {
        let text = "key = abcdefghijklmnop12345678\nmy_lists = reject_rbl_client ${key}.zen.dq.spamhaus.net\n\
                    smtpd_client_restrictions = $my_lists, reject_rbl_client $(other)\nother = bl.example.net\n\
                    smtpd_sender_restrictions = $smtpd_helo_restrictions\n";
        let imported = read(text, "main.cf").expect("an import");
        assert_eq!(zones(&imported), ["{key}.zen.dq.spamhaus.net", "bl.example.net"]);
        assert!(imported.remarks.is_empty(), "{:?}", imported.remarks);
        let unknown = "a = b\nsmtpd_client_restrictions =\n  reject_rbl_client $elsewhere\n";
        assert_eq!(error(unknown), "main.cf:3: $elsewhere is not set in this file, and a list may hide behind it");
        assert!(error("a = $b\nb = $a\npostscreen_dnsbl_sites = $a\n").starts_with("main.cf:3: "));
        assert!(error("postscreen_dnsbl_sites = ${a?b}\n").starts_with("main.cf:1: \"$a?b\" is more than a name"));
    }

    #[test]
    fn what_is_not_understood_is_a_fault_with_its_line() {
        for (text, said) in [
            ("a = b\npostscreen_dnsbl_sites = bl.example*x\n", "main.cf:2: \"x\" is no weight"),
            (
                "a = b\npostscreen_dnsbl_sites =\n bl.example=127.0.0.[7..4]\n",
                "main.cf:3: \"127.0.0.[7..4]\" is no answer",
            ),
            ("a = b\nnonsense\n", "main.cf:2: \"nonsense\" is no setting"),
            ("smtpd_client_restrictions =\n reject_rbl_clients bl.example\n", "main.cf:2: \"reject_rbl_clients\""),
            ("smtpd_client_restrictions = reject_rbl_client\n", "main.cf:1: reject_rbl_client lacks its list"),
            ("postscreen_dnsbl_threshold = 0\n", "main.cf:1: \"0\" is no threshold"),
            ("biff = no\n", "main.cf:1: no list was found"),
        ] {
            assert!(error(text).starts_with(said), "{}", error(text));
        }
    }

    #[test]
    fn lists_that_nothing_makes_use_of_are_pointed_out() {
        let text = "postscreen_dnsbl_sites = bl.example\nmua_client_restrictions = reject_rbl_client a.example\n";
        let imported = read(text, "main.cf").expect("an import");
        assert_eq!(zones(&imported), ["bl.example"]);
        assert!(imported.remarks.iter().any(|remark| remark.starts_with("line 2: mua_client_restrictions")));
    }

    #[test]
    fn last_of_a_setting_counts() {
        let text = "postscreen_dnsbl_sites = a.example\npostscreen_dnsbl_sites = b.example\n";
        assert_eq!(zones(&read(text, "main.cf").expect("an import")), ["b.example"]);
    }
}
