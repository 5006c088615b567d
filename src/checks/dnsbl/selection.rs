//! Which lists a run asks.

use std::collections::HashSet;

use super::Options;
use super::zone::Zone;
use crate::catalogue::keys::{self, hidden};
use crate::catalogue::{self, List, Purpose, Status};
use crate::config::{ConfigError, Settings};
use crate::names::domain::Domain;

/// The lists that the options and the settings choose, in the catalogue's order after the user's own.
///
/// # Errors
/// [`ConfigError`] that names what is unknown.
pub(super) fn zones(options: &Options, settings: &Settings) -> Result<Vec<Zone>, ConfigError> {
    known_names(settings, options)?;
    let mut chosen = own_lists(options, settings)?;
    let named_own = !chosen.is_empty();
    let picks_catalogue = options.all || !options.only.is_empty() || !options.group.is_empty();
    if !named_own || picks_catalogue {
        chosen.extend(known_lists(options, settings)?);
    }
    let skipped = options.skip.iter().map(|id| resolve(id, settings)).collect::<Result<HashSet<_>, _>>()?;
    chosen.retain(|list| !skipped.contains(&list.zone));
    let mut seen = HashSet::new();
    chosen.retain(|list| seen.insert(list.zone.clone()));
    if chosen.is_empty() {
        return Err(ConfigError("no list is left to ask".to_owned()));
    }
    chosen.into_iter().map(|list| ready(list, settings)).collect()
}

/// A pace for a list that nobody knows is a slip that would go unnoticed.
fn known_names(settings: &Settings, options: &Options) -> Result<(), ConfigError> {
    for list in settings.paces.keys() {
        let named = options.list.iter().any(|zone| hidden(zone.trim_end_matches('.')).eq_ignore_ascii_case(list));
        if !named {
            resolve(list, settings)?;
        }
    }
    Ok(())
}

fn own_lists(options: &Options, settings: &Settings) -> Result<Vec<List>, ConfigError> {
    let mut lists = Vec::new();
    for zone in &options.list {
        let configured = settings.lists.iter().find(|list| list.id == *zone || list.zone == *zone);
        if let Some(list) = configured {
            lists.push(list.clone());
            continue;
        }
        let wrong = |error| ConfigError(format!("--list {}: not a zone: {error}", hidden(zone)));
        let name: Domain = zone.parse().map_err(wrong)?;
        lists.push(List::named(name.as_str()));
    }
    for expression in &options.expression {
        lists.push(List::of_expression(expression).map_err(|why| ConfigError(format!("--expression {why}")))?);
    }
    Ok(lists)
}

fn known_lists(options: &Options, settings: &Settings) -> Result<Vec<List>, ConfigError> {
    let all: Vec<&List> = settings.lists.iter().chain(catalogue::lists()).collect();
    if !options.only.is_empty() {
        let wanted = options.only.iter().map(|id| resolve(id, settings)).collect::<Result<HashSet<_>, _>>()?;
        let mut chosen = all.into_iter().filter(|list| wanted.contains(&list.zone)).cloned().collect::<Vec<_>>();
        for zone in &options.only {
            let Some((zone, key)) = keys::take(&zone.trim_end_matches('.').to_ascii_lowercase()) else { continue };
            chosen.iter_mut().filter(|list| list.zone == zone).for_each(|list| list.secret = Some(key.clone()));
        }
        if let Some(list) = chosen.iter().find(|list| list.keyed && !has_key(list, settings)) {
            return Err(ConfigError(format!("{} needs a key: set [keys] {} in the configuration", list.id, list.id)));
        }
        return Ok(chosen);
    }
    if !options.group.is_empty() {
        let mut wanted = HashSet::new();
        for group in &options.group {
            let members: Vec<String> = match settings.groups.get(group) {
                Some(ids) => ids.iter().map(|id| resolve(id, settings)).collect::<Result<_, _>>()?,
                None => all.iter().filter(|list| list.groups.contains(group)).map(|list| list.zone.clone()).collect(),
            };
            if members.is_empty() {
                return Err(ConfigError(format!("--group {group}: there is no such group")));
            }
            wanted.extend(members);
        }
        let retired = options.group.iter().any(|group| group == "retired");
        let usable = |list: &&List| retired || is_usable(list, settings);
        return Ok(all.into_iter().filter(|list| wanted.contains(&list.zone)).filter(usable).cloned().collect());
    }
    let usable = |list: &&List| list.own || ((options.all || list.default) && is_usable(list, settings));
    Ok(all.into_iter().filter(usable).cloned().collect())
}

fn is_usable(list: &List, settings: &Settings) -> bool {
    catalogue::is_usable(list, has_key(list, settings))
}

fn has_key(list: &List, settings: &Settings) -> bool {
    list.secret.is_some() || settings.keys.contains_key(&list.id)
}

/// The zone of a list given by id or zone.
fn resolve(id: &str, settings: &Settings) -> Result<String, ConfigError> {
    let wanted = id.trim_end_matches('.').to_ascii_lowercase();
    let shown = hidden(&wanted);
    let own = settings.lists.iter().find(|list| list.id == wanted || list.zone == shown);
    let list = own.or_else(|| catalogue::find(&wanted));
    list.map(|list| list.zone.clone()).ok_or_else(|| {
        ConfigError(format!("\"{shown}\" is no list: give an id or a zone that \"spamcheck lists\" shows"))
    })
}

/// Lists that refuse mail by themselves and that a run without any choice of lists does not ask, since they answer
/// customers only; those whose family is asked are not missed.
pub(super) fn left_out(options: &Options, chosen: &[Zone], threshold: u32) -> Vec<&'static List> {
    let chooses = options.all
        || [&options.list, &options.expression, &options.only, &options.group].iter().any(|one| !one.is_empty());
    if chooses {
        return Vec::new();
    }
    let asked = |list: &List| chosen.iter().any(|zone| zone.list.zone == list.zone || zone.list.family == list.family);
    let weighs = |list: &&List| {
        list.purpose == Purpose::Block
            && matches!(list.status, Status::Registration | Status::Paid)
            && (list.greatest_points() >= threshold || list.groups.iter().any(|group| group == "major"))
    };
    let mut families = HashSet::new();
    let missed = catalogue::lists().iter().filter(weighs).filter(|list| list.family.is_none() || !asked(list));
    missed.filter(|list| families.insert(list.family.as_ref().unwrap_or(&list.zone))).collect()
}

fn ready(mut list: List, settings: &Settings) -> Result<Zone, ConfigError> {
    if let Some(points) = settings.weights.get(&list.id).or_else(|| settings.weights.get(&list.zone)) {
        list.set_points(*points);
    }
    let secret = settings.keys.get(&list.id).filter(|_| list.keyed).cloned();
    Zone::new(list, secret).map_err(ConfigError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Global;

    fn ids(options: &Options) -> Vec<String> {
        let zones = zones(options, &Global::default_settings()).expect("a selection");
        zones.into_iter().map(|zone| zone.list.id).collect()
    }

    #[test]
    fn own_lists_stand_alone_unless_more_is_asked_for() {
        let own = Options { list: vec!["bl.example".into()], ..Options::default() };
        assert_eq!(ids(&own), ["bl.example"]);
        let with = Options { only: vec!["psbl".into()], ..own };
        assert_eq!(ids(&with), ["bl.example", "psbl"]);
    }

    #[test]
    fn retired_lists_are_asked_only_when_named() {
        let all = ids(&Options { all: true, ..Options::default() });
        for list in catalogue::lists().iter().filter(|list| list.status.is_retired()) {
            assert!(!all.contains(&list.id), "{}", list.id);
        }
        assert!(all.len() > 60, "{}", all.len());
        let retired = catalogue::lists().iter().find(|list| list.status.is_retired()).expect("one is retired");
        assert_eq!(ids(&Options { only: vec![retired.id.clone()], ..Options::default() }), [retired.id.as_str()]);
    }

    #[test]
    fn unknown_names_are_refused() {
        let settings = Global::default_settings();
        for options in [
            Options { only: vec!["no-such".into()], ..Options::default() },
            Options { skip: vec!["no-such".into()], ..Options::default() },
            Options { group: vec!["no-such".into()], ..Options::default() },
        ] {
            let error = zones(&options, &settings).expect_err("a fault").to_string();
            assert!(error.contains("no-such"), "{error}");
        }
    }

    #[test]
    fn weights_of_the_configuration_replace_the_points() {
        let mut settings = Global::default_settings();
        settings.weights.insert("psbl".into(), 7);
        let options = Options { only: vec!["psbl".into()], ..Options::default() };
        let zones = zones(&options, &settings).expect("a selection");
        assert_eq!(zones[0].list.greatest_points(), 7);
    }
}
