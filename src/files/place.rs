//! What stands where something is to be written.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// What a path to be written leads to.
#[derive(Debug)]
pub enum Place {
    /// A device, a pipe, a terminal: it is written to as it comes, and never replaced.
    Stream(File),
    /// A regular file that may be written, or a name that is free; links are followed.
    File(PathBuf),
}

impl Place {
    /// Looks at a path. A pipe without a reader is waited for, as every program does.
    ///
    /// # Errors
    /// The system's, if it is a directory or may not be written.
    pub fn at(path: &Path) -> io::Result<Self> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => OpenOptions::new().write(true).open(path).map(Place::Stream),
            Ok(_) => Ok(Place::File(path.canonicalize()?)),
            // What is called a directory would not be found out about until it is moved to its place.
            Err(error) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => Err(error),
            Err(error) if error.kind() == io::ErrorKind::NotFound => destination(path).map(Place::File),
            Err(error) => Err(error),
        }
    }
}

/// Where the links at the end of a path lead, though nothing may be there.
pub(super) fn destination(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match std::fs::read_link(&path) {
            Ok(link) => path = directory(&path).join(link),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Links that are followed one after another, as Linux does.
const MAX_LINKS: usize = 40;

/// The directory a file stands in.
pub(super) fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_to_what_is_there_or_will_be() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("real"), "").expect("written");
        symlink("real", at("first")).expect("linked");
        symlink(at("first"), at("second")).expect("linked");
        symlink("missing", at("dangling")).expect("linked");
        symlink("loop", at("loop")).expect("linked");
        let leads = |name: &str| match Place::at(&at(name)) {
            Ok(Place::File(path)) => path,
            other => panic!("{other:?}"),
        };
        assert_eq!(leads("second"), at("real").canonicalize().expect("there"));
        assert_eq!(leads("dangling"), at("missing"));
        assert_eq!(leads("new"), at("new"));
        assert!(Place::at(&at("loop")).is_err());
    }

    #[test]
    fn what_is_not_a_regular_file_is_written_to_and_a_directory_is_not() {
        assert!(matches!(Place::at(Path::new("/dev/null")), Ok(Place::Stream(_))));
        let error = Place::at(Path::new("/")).expect_err("a directory");
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
        let directory = tempfile::tempdir().expect("a directory");
        assert!(Place::at(&directory.path().join("none/")).is_err(), "a directory that is not there");
    }
}
