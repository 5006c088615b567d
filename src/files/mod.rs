//! Files of the user: read within bounds, replaced whole or not at all, never written over by mistake.

mod identity;
mod place;
mod replacement;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use identity::Identity;
pub use place::Place;
pub use replacement::Replacement;

/// Reads a file of at most `limit` octets. A pipe is read to its end.
///
/// # Errors
/// The system's; [`io::ErrorKind::FileTooLarge`] if there is more.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    // One octet more than is allowed shows that there are more.
    File::open(path)?.take(limit + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(octets)
}

/// Reads a file of at most `limit` octets as text.
///
/// # Errors
/// Those of [`read`]; [`io::ErrorKind::InvalidData`] if it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Leaves a file to its owner alone, as far as the system knows owners.
///
/// # Errors
/// The system's.
pub fn keep_private(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// The error for a file of more than `limit` octets.
pub fn too_large(limit: u64) -> io::Error {
    let size = match limit {
        limit if limit >= 1 << 30 => format!("{} GiB", limit >> 30),
        limit if limit >= 1 << 20 => format!("{} MiB", limit >> 20),
        limit => format!("{} KiB", limit >> 10),
    };
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {size}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_read_up_to_its_limit_and_not_beyond() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("file");
        std::fs::write(&path, vec![b'a'; 2048]).expect("written");
        assert_eq!(read(&path, 2048).expect("read").len(), 2048);
        let error = read(&path, 2047).expect_err("one octet too many");
        assert_eq!(error.to_string(), "it is larger than 1 KiB");
        std::fs::write(&path, b"\xff").expect("written");
        assert_eq!(read_text(&path, 8).expect_err("no text").kind(), io::ErrorKind::InvalidData);
        assert!(read(directory.path(), 8).is_err(), "a directory is not a file");
    }

    #[cfg(unix)]
    #[test]
    fn endless_file_is_too_large() {
        let error = read(Path::new("/dev/zero"), 3 << 20).expect_err("it has no end");
        assert_eq!(error.to_string(), "it is larger than 3 MiB");
    }
}
