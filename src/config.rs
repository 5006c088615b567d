//! Settings: the configuration file and the flags in one value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

pub use crate::catalogue::Secret;
use crate::catalogue::keys::{self, PLACEHOLDER};
use crate::catalogue::{Code, Effect, Kind, List, Matcher, Purpose, Scoring};
use crate::names::domain::Domain;
use crate::net;

/// Everything a run is told, apart from its targets and the checks' own options.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The way to the world.
    pub net: net::Options,
    /// Targets under way at once.
    pub concurrency: usize,
    /// How often a listing is asked for again before it counts.
    pub confirm: u32,
    /// Points that refuse mail, as the file says.
    pub threshold: u32,
    /// How points add up.
    pub scoring: Scoring,
    /// Questions a second by list id or zone.
    pub paces: BTreeMap<String, f64>,
    /// Lists of the user's own, from the file.
    pub lists: Vec<List>,
    /// Points of a listing by list id or zone, from the file.
    pub weights: BTreeMap<String, u32>,
    /// Groups of list ids or zones, from the file.
    pub groups: BTreeMap<String, Vec<String>>,
    /// Keys for `{key}` in a zone, by list id.
    pub keys: BTreeMap<String, Secret>,
}

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// As `--resolver`.
    resolvers: Option<Vec<String>>,
    /// As `--timeout`.
    timeout: Option<String>,
    /// As `--retries`.
    retries: Option<u8>,
    /// As `--max-qps`.
    max_qps: Option<f64>,
    /// As `--threshold`.
    threshold: Option<u32>,
    /// How points add up.
    #[serde(default)]
    scoring: Scoring,
    /// Questions a second by list id or zone.
    #[serde(default)]
    pace: BTreeMap<String, f64>,
    /// Points of a listing by list id or zone.
    #[serde(default)]
    weights: BTreeMap<String, u32>,
    /// Groups for `--group`.
    #[serde(default)]
    groups: BTreeMap<String, Vec<String>>,
    /// Keys by list id, `env:NAME` or the key itself.
    #[serde(default)]
    keys: BTreeMap<String, toml::Spanned<String>>,
    /// Lists of the user's own.
    #[serde(default, rename = "list")]
    lists: Vec<FileList>,
}

/// One `[[list]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileList {
    zone: Option<toml::Spanned<String>>,
    expression: Option<toml::Spanned<String>>,
    id: Option<String>,
    name: Option<String>,
    kinds: Option<Vec<Kind>>,
    points: Option<u32>,
    family: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    test_listed: Option<String>,
    test_clean: Option<String>,
    lookup_url: Option<String>,
    delist_url: Option<String>,
    note: Option<String>,
    #[serde(default)]
    codes: Vec<FileCode>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileCode {
    #[serde(rename = "match")]
    matcher: Matcher,
    #[serde(default)]
    meaning: String,
    effect: Option<Effect>,
    points: Option<i32>,
    message: Option<String>,
    header: Option<String>,
}

impl File {
    /// Reads a file's text. `path` appears in errors.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and key.
    pub fn parse(text: &str, path: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            let message = error.message().trim_end().replace('\n', ": ");
            let key = error.span().and_then(|span| key_at(text, span.start));
            // toml names an unknown key itself; for a bad value the key stands left of it.
            let key = key.filter(|key| !message.contains(key.as_str())).map(|key| format!("{key}: "));
            ConfigError(format!("{path}:{line}: {}{message}", key.unwrap_or_default()))
        })
    }

    /// Puts the file's values into the settings, where the flags left them open.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and key.
    pub fn apply(self, text: &str, path: &str, settings: &mut Settings, given: &Given) -> Result<(), ConfigError> {
        let wrong = |key: &str, why: String| {
            let line = text
                .lines()
                .position(|line| line.trim_start().trim_start_matches('"').starts_with(key))
                .map_or(1, |index| index + 1);
            ConfigError(format!("{path}:{line}: {key}: {why}"))
        };
        // What a flag overrides must be right all the same.
        if let Some(resolvers) = self.resolvers {
            let resolvers = resolvers
                .iter()
                .map(|resolver| resolver.parse().map_err(|why| wrong("resolvers", why)))
                .collect::<Result<_, _>>()?;
            if !given.resolvers {
                settings.net.resolvers = resolvers;
            }
        }
        if let Some(timeout) = self.timeout {
            let timeout = duration(&timeout).map_err(|why| wrong("timeout", why))?;
            if timeout.is_zero() {
                return Err(wrong("timeout", "must be longer than nothing".to_owned()));
            }
            if !given.timeout {
                settings.net.timeout = timeout;
            }
        }
        if let Some(retries) = self.retries.filter(|_| !given.retries) {
            settings.net.retries = retries;
        }
        if let Some(rate) = self.max_qps.filter(|_| !given.max_qps) {
            if !(rate.is_finite() && rate > 0.0) {
                return Err(wrong("max-qps", "must be greater than 0".to_owned()));
            }
            settings.net.max_qps = Some(rate);
        }
        settings.threshold = self.threshold.unwrap_or(settings.threshold);
        if settings.threshold == 0 {
            return Err(wrong("threshold", "must be at least 1".to_owned()));
        }
        settings.scoring = self.scoring;
        let paced: Vec<String> = self.pace.keys().map(|list| keys::hidden(list)).collect();
        for (list, rate) in self.pace {
            let list = keys::hidden(&list);
            if !(rate.is_finite() && rate > 0.0) {
                return Err(wrong(&list, "must be greater than 0".to_owned()));
            }
            // What the flags say of a list stands.
            settings.paces.entry(list).or_insert(rate);
        }
        settings.weights = self.weights.into_iter().map(|(list, points)| (keys::hidden(&list), points)).collect();
        settings.groups = self.groups;
        let mut named: Vec<String> = settings.weights.keys().cloned().collect();
        named.extend(paced);
        for (id, value) in self.keys {
            let secret = key_value(value.get_ref()).map_err(|why| {
                let line = line_of(text, value.span().start);
                ConfigError(format!("{path}:{line}: keys.{id}: {why}"))
            })?;
            settings.keys.insert(id, secret);
        }
        for list in self.lists {
            settings.lists.push(list.into_list(text, path)?);
        }
        let known = |name: &String| {
            let own = settings.lists.iter().any(|list| list.id == *name || list.zone == *name);
            own || crate::catalogue::find(name).is_some()
        };
        match named.iter().find(|name| !known(name)) {
            Some(name) => Err(wrong(name, "there is no such list".to_owned())),
            None => Ok(()),
        }
    }
}

/// Which values the flags gave, so that the file does not override them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given {
    /// `--resolver`.
    pub resolvers: bool,
    /// `--timeout`.
    pub timeout: bool,
    /// `--retries`.
    pub retries: bool,
    /// `--max-qps`.
    pub max_qps: bool,
}

impl FileList {
    fn into_list(self, text: &str, path: &str) -> Result<List, ConfigError> {
        let at = |value: &toml::Spanned<String>, key: &str, why: &str| {
            ConfigError(format!("{path}:{}: {key}: {why}", line_of(text, value.span().start)))
        };
        let mut list = match (&self.zone, &self.expression) {
            (Some(zone), None) => {
                // A key that stands elsewhere, in [keys], leaves its placeholder in the zone.
                let behind_key = zone.get_ref().strip_prefix(PLACEHOLDER).and_then(|rest| rest.strip_prefix('.'));
                let name: Domain = behind_key
                    .unwrap_or(zone.get_ref())
                    .parse()
                    .map_err(|error| at(zone, "zone", &format!("{error}")))?;
                match behind_key {
                    Some(_) => List::named(&format!("{PLACEHOLDER}.{name}")),
                    None => List::named(name.as_str()),
                }
            }
            (None, Some(expression)) => {
                List::of_expression(expression.get_ref()).map_err(|why| at(expression, "expression", &why))?
            }
            (Some(zone), Some(_)) => return Err(at(zone, "zone", "give a zone or an expression, not both")),
            (None, None) => {
                let name = self.id.or(self.name).unwrap_or_default();
                return Err(ConfigError(format!("{path}: list {name:?} has neither zone nor expression")));
            }
        };
        list.name = self.name.or_else(|| self.id.clone()).unwrap_or(list.name);
        list.id = self.id.unwrap_or(list.id);
        list.kinds = self.kinds.unwrap_or(list.kinds);
        if let Some(points) = self.points {
            list.set_points(points);
        }
        list.family = self.family.or(list.family);
        list.groups.extend(self.groups);
        list.test_listed = self.test_listed.or(list.test_listed);
        list.test_clean = self.test_clean.or(list.test_clean);
        list.lookup_url = self.lookup_url.or(list.lookup_url);
        list.delist_url = self.delist_url.or(list.delist_url);
        list.note = self.note.or(list.note);
        if !self.codes.is_empty() {
            let codes = self.codes.into_iter().map(|code| code.into_code(list.weight));
            list.codes = codes.collect::<Result<_, _>>().map_err(|why| {
                let zone = self.zone.as_ref().or(self.expression.as_ref());
                ConfigError(format!("{path}:{}: {why}", zone.map_or(1, |zone| line_of(text, zone.span().start))))
            })?;
            list.known = crate::catalogue::find(&list.zone);
            // Who gives an allowlist's or a score's answers points of their own means them.
            if list.codes.iter().any(|code| code.points > 0) {
                list.purpose = Purpose::Block;
            }
        }
        Ok(list)
    }
}

impl FileCode {
    fn into_code(self, weight: u32) -> Result<Code, String> {
        let effect = self.effect.unwrap_or(Effect::Listed);
        let points = match (effect, self.points) {
            (Effect::Listed, None) => weight.try_into().unwrap_or(i32::MAX),
            (Effect::Listed, Some(points @ 0..)) => points,
            (Effect::Listed, Some(points)) => {
                return Err(format!("codes: {points} points speak for the sender: add effect = \"allow\""));
            }
            (Effect::Allow, points) => points.unwrap_or(0).min(0),
            (Effect::Policy | Effect::Info, _) => 0,
        };
        let meaning = match (&self.message, self.meaning.is_empty()) {
            (Some(message), true) => message.clone(),
            _ => self.meaning,
        };
        Ok(Code { matcher: self.matcher, meaning, effect, points, message: self.message, header: self.header })
    }
}

fn key_value(value: &str) -> Result<Secret, String> {
    let key = match value.strip_prefix("env:") {
        Some(name) => std::env::var(name).map_err(|_| format!("the environment variable {name} is not set"))?,
        None => value.to_owned(),
    };
    let fits =
        !key.is_empty() && key.len() <= 63 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    // The value itself must not appear in the message.
    if fits { Ok(Secret::new(key)) } else { Err("the key is no DNS label of letters, digits and hyphens".to_owned()) }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn key_at(text: &str, offset: usize) -> Option<String> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |index| index + 1);
    let line = text.get(start..)?.lines().next()?;
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    (!key.is_empty()).then(|| key.to_owned())
}

/// Reads a duration: `500ms`, `5s`, `4m`, `6h`, `36d`; a bare number is seconds.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no duration: write 500ms, 5s, 4m, 6h or 36d");
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = |factor: u64| number.checked_mul(factor).map(Duration::from_secs).ok_or_else(wrong);
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "" | "s" => seconds(1)?,
        "m" => seconds(60)?,
        "h" => seconds(3_600)?,
        "d" => seconds(86_400)?,
        _ => return Err(wrong()),
    };
    // Longer than any run, and short enough that no clock overflows.
    if duration > Duration::from_secs(10 * 365 * 86_400) {
        return Err(wrong());
    }
    Ok(duration)
}

/// The file to read: the one given, else the one in the environment, else the user's, if it exists.
///
/// # Errors
/// [`ConfigError`] if a file that was named cannot be read.
pub fn find_file(given: Option<&Path>) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let named = given.map(Path::to_owned).or_else(|| std::env::var_os("SPAMCHECK_CONFIG").map(PathBuf::from));
    if let Some(path) = named {
        let text = std::fs::read_to_string(&path)
            .map_err(|error| ConfigError(format!("{} cannot be read: {error}", path.display())))?;
        return Ok(Some((path, text)));
    }
    let Some(home) = base_directory("XDG_CONFIG_HOME", ".config") else { return Ok(None) };
    let path = home.join("spamcheck").join("config.toml");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError(format!("{} cannot be read: {error}", path.display()))),
    }
}

/// A directory of the XDG base directory specification.
pub fn base_directory(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    set.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(below_home)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        match File::parse(text, "config.toml") {
            Err(error) => error.to_string(),
            Ok(file) => {
                let mut settings = crate::cli::Global::default_settings();
                let error = file.apply(text, "config.toml", &mut settings, &Given::default());
                error.expect_err("a fault").to_string()
            }
        }
    }

    #[test]
    fn fault_is_named_with_file_line_and_key() {
        assert!(error("timeout = \"5s\"\ntimeuot = \"5s\"\n").starts_with("config.toml:2: unknown field `timeuot`"));
        assert!(error("\nretries = \"many\"\n").starts_with("config.toml:2: retries: invalid type"));
        assert_eq!(
            error("timeout = \"soon\"\n"),
            "config.toml:1: timeout: \"soon\" is no duration: write 500ms, 5s, 4m, 6h or 36d"
        );
        assert_eq!(error("[[list]]\nzone = \"a..b\"\n"), "config.toml:2: zone: the label at column 3 is empty");
    }

    #[test]
    fn key_from_the_environment_is_never_repeated() {
        let message = error("[keys]\nspamhaus-dqs = \"no such.label\"\n");
        assert!(!message.contains("no such"), "{message}");
        assert!(message.starts_with("config.toml:2: keys.spamhaus-dqs: "), "{message}");
    }

    #[test]
    fn own_list_carries_its_codes_and_points() {
        let text = "[[list]]\nzone = \"bl.example\"\npoints = 40\ncodes = [{ match = \"127.0.0.3\", points = 60 }]\n";
        let file = File::parse(text, "f").expect("a file");
        let mut settings = crate::cli::Global::default_settings();
        file.apply(text, "f", &mut settings, &Given::default()).expect("applies");
        assert_eq!(settings.lists[0].weight, 40);
        assert_eq!(settings.lists[0].codes[0].points, 60);
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("36d"), Ok(Duration::from_secs(36 * 86_400)));
        assert_eq!(duration("5"), Ok(Duration::from_secs(5)));
        for text in ["", "5 s", "s", "-1s", "1w", "99999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
