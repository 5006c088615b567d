//! Whether two names are one file.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::place;

/// Which file something is, whatever it is called. Devices, pipes and directories have none: they may be read and
/// written at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A file by its device and number there.
    Number(u64, u64),
    /// A file that is not there yet, or cannot be told apart by numbers, by where its name leads.
    Path(PathBuf),
}

impl Identity {
    /// The identity of what a path leads to, or would lead to once it is written.
    pub fn of(path: &Path) -> Option<Self> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => number(&metadata).or_else(|| canonical(path)),
            Ok(_) => None,
            Err(_) => canonical(&place::destination(path).ok()?),
        }
    }

    /// The identity of a file that is open, where the system tells.
    pub fn of_open(file: &File) -> Option<Self> {
        file.metadata().ok().filter(std::fs::Metadata::is_file).as_ref().and_then(number)
    }
}

#[cfg(unix)]
fn number(metadata: &std::fs::Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;

    Some(Identity::Number(metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> Option<Identity> {
    None
}

/// A path without links and detours, of a file that need not exist in a directory that must.
fn canonical(path: &Path) -> Option<Identity> {
    let directory = place::directory(path).canonicalize().ok()?;
    Some(Identity::Path(directory.join(path.file_name()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_itself_by_every_name() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("a"), "a").expect("written");
        std::fs::write(at("b"), "a").expect("written");
        let same = |a: &str, b: &str| Identity::of(&at(a)).is_some_and(|a| Some(a) == Identity::of(&at(b)));
        assert!(same("a", "./a") && !same("a", "b"));
        std::fs::hard_link(at("a"), at("c")).expect("linked");
        assert!(same("a", "c"));
        assert!(same("new", "./new") && !same("new", "newer"), "a file that is not there is where it would be");
        assert_eq!(Identity::of(directory.path()), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_the_file_and_devices_have_no_identity() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        std::os::unix::fs::symlink("file", at("link")).expect("linked");
        assert_eq!(Identity::of(&at("link")), Identity::of(&at("file")), "it is not there yet");
        std::fs::write(at("file"), "a").expect("written");
        assert_eq!(Identity::of(&at("link")), Identity::of(&at("file")));
        let open = std::fs::File::open(at("link")).expect("opened");
        assert_eq!(Identity::of_open(&open), Identity::of(&at("file")));
        assert_eq!(Identity::of(Path::new("/dev/null")), None);
    }
}
