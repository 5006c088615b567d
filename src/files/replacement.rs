//! A file that takes the place of another when it is whole, or leaves no trace.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::place::directory;

/// What is to be the content of a file. Mode and owner of a file that is there are kept.
#[derive(Debug)]
pub struct Replacement {
    spool: Spool,
    place: PathBuf,
}

/// Where the content waits until it is whole.
#[derive(Debug)]
enum Spool {
    /// In a file of the same directory, which is moved to its place.
    Beside(Beside),
    /// In memory, because the file that is there must stay the same one: it has other names, or this process can
    /// make none with its owner, or none beside it.
    Memory(Vec<u8>, File),
}

impl Replacement {
    /// Prepares to replace the regular file at `place`, or to make one there; `place` is no link.
    ///
    /// # Errors
    /// The system's, if nothing can be written there.
    pub fn of(place: &Path) -> io::Result<Self> {
        let place = place.to_owned();
        // A file that may not be written is not replaced either, though its directory would allow it.
        let there = match OpenOptions::new().write(true).open(&place) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let spool = Spool::Beside(Beside::new(directory(&place))?);
                return Ok(Replacement { spool, place });
            }
            Err(error) => return Err(error),
        };
        let metadata = there.metadata()?;
        let beside = if has_other_names(&metadata) { None } else { Beside::like(directory(&place), &metadata).ok() };
        let spool = beside.map_or(Spool::Memory(Vec::new(), there), Spool::Beside);
        Ok(Replacement { spool, place })
    }

    /// Leaves the file to its owner alone.
    ///
    /// # Errors
    /// The system's.
    pub fn keep_private(&self) -> io::Result<()> {
        match &self.spool {
            Spool::Beside(beside) => super::keep_private(&beside.file),
            Spool::Memory(_, file) => super::keep_private(file),
        }
    }

    /// Brings the content to its place.
    ///
    /// # Errors
    /// The system's.
    pub fn commit(self) -> io::Result<()> {
        match self.spool {
            Spool::Beside(beside) => beside.move_to(&self.place),
            Spool::Memory(content, mut file) => {
                file.write_all(&content)?;
                file.set_len(content.len() as u64)?;
                file.sync_all()
            }
        }
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.spool {
            Spool::Beside(beside) => beside.file.write(bytes),
            Spool::Memory(content, _) => content.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A new file that is gone when it is dropped.
#[derive(Debug)]
struct Beside {
    file: File,
    directory: PathBuf,
    /// Its name, if it has one by now.
    name: Option<PathBuf>,
}

impl Beside {
    fn new(directory: &Path) -> io::Result<Self> {
        let directory = directory.to_owned();
        if let Some(file) = nameless(&directory) {
            return Ok(Beside { file, directory, name: None });
        }
        let name = free_name(&directory);
        // Never through somebody else's link or file.
        let file = File::create_new(&name)?;
        Ok(Beside { file, directory, name: Some(name) })
    }

    /// A file with the mode and the owner of another.
    fn like(directory: &Path, other: &Metadata) -> io::Result<Self> {
        let beside = Beside::new(directory)?;
        give_to_owner_of(&beside.file, other)?;
        // After the owner, whose change takes bits away.
        beside.file.set_permissions(other.permissions())?;
        Ok(beside)
    }

    fn move_to(mut self, place: &Path) -> io::Result<()> {
        // Else a crash of the machine could leave an empty file in the place of the old one.
        self.file.sync_all()?;
        if self.name.is_none() {
            if link(&self.file, place).is_ok() {
                return Ok(());
            }
            let name = free_name(&self.directory);
            link(&self.file, &name)?;
            self.name = Some(name);
        }
        match &self.name {
            Some(name) => std::fs::rename(name, place)?,
            None => return Err(io::ErrorKind::NotFound.into()),
        }
        self.name = None;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // What could not be moved is of no use to anybody.
            let _ = std::fs::remove_file(name);
        }
    }
}

/// A name that nobody can guess.
fn free_name(directory: &Path) -> PathBuf {
    directory.join(format!(".spamcheck-{:016x}.tmp", rand::random::<u64>()))
}

/// A file without a name, which is gone with this process even if that is killed.
#[cfg(target_os = "linux")]
fn nameless(directory: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    // It gets its name by this way.
    if !Path::new(DESCRIPTORS).exists() {
        return None;
    }
    OpenOptions::new().write(true).custom_flags(nix::libc::O_TMPFILE).open(directory).ok()
}

/// Where Linux shows the open files of a process, open(2).
#[cfg(target_os = "linux")]
const DESCRIPTORS: &str = "/proc/self/fd";

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> Option<File> {
    None
}

/// Gives a name to a file that has none; what is there already stays.
#[cfg(target_os = "linux")]
fn link(file: &File, name: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;

    use nix::fcntl::{AT_FDCWD, AtFlags};

    let open = Path::new(DESCRIPTORS).join(file.as_raw_fd().to_string());
    Ok(nix::unistd::linkat(AT_FDCWD, &open, AT_FDCWD, name, AtFlags::AT_SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn has_other_names(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    metadata.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn give_to_owner_of(file: &File, other: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};

    let mine = file.metadata()?;
    if (mine.uid(), mine.gid()) == (other.uid(), other.gid()) {
        return Ok(());
    }
    fchown(file, Some(other.uid()), Some(other.gid()))
}

#[cfg(not(unix))]
fn give_to_owner_of(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(place: &Path, text: &str) -> io::Result<()> {
        let mut replacement = Replacement::of(place)?;
        replacement.write_all(text.as_bytes())?;
        replacement.commit()
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).expect("a directory");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn file_is_made_or_replaced_whole_and_nothing_stays_beside_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let place = directory.path().join("out");
        for text in ["a long first text", "short"] {
            write(&place, text).expect("written");
            assert_eq!(std::fs::read_to_string(&place).expect("read"), text);
        }
        let mut dropped = Replacement::of(&place).expect("opened");
        dropped.write_all(b"half").expect("written");
        drop(dropped);
        assert_eq!(std::fs::read_to_string(&place).expect("read"), "short");
        assert_eq!(names(directory.path()), ["out"]);
        assert!(write(&directory.path().join("none/out"), "x").is_err());
    }

    #[test]
    fn named_file_takes_its_place_too() {
        let directory = tempfile::tempdir().expect("a directory");
        let (place, name) = (directory.path().join("out"), free_name(directory.path()));
        let mut file = File::create_new(&name).expect("made");
        file.write_all(b"text").expect("written");
        let beside = Beside { file, directory: directory.path().to_owned(), name: Some(name.clone()) };
        beside.move_to(&place).expect("moved");
        assert_eq!(std::fs::read_to_string(&place).expect("read"), "text");
        let file = File::create_new(&name).expect("made");
        drop(Beside { file, directory: directory.path().to_owned(), name: Some(name) });
        assert_eq!(names(directory.path()), ["out"]);
    }

    #[cfg(unix)]
    #[test]
    fn mode_and_other_names_of_the_file_are_kept() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().expect("a directory");
        let place = directory.path().join("out");
        std::fs::write(&place, "a long first text").expect("written");
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o640)).expect("set");
        write(&place, "second").expect("written");
        assert_eq!(std::fs::metadata(&place).expect("there").permissions().mode() & 0o7777, 0o640);
        let other = directory.path().join("other");
        std::fs::hard_link(&place, &other).expect("linked");
        write(&place, "third").expect("written");
        assert_eq!(std::fs::read_to_string(&other).expect("read"), "third");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn file_that_is_being_written_has_no_name() {
        let directory = tempfile::tempdir().expect("a directory");
        let replacement = Replacement::of(&directory.path().join("out")).expect("opened");
        // Some file systems cannot do so; then the name is one that nobody can guess.
        if matches!(&replacement.spool, Spool::Beside(Beside { name: None, .. })) {
            assert_eq!(names(directory.path()), [""; 0]);
        }
    }
}
