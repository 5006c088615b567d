//! Where the result goes: standard output, or a file.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::{Path, PathBuf};

use spamcheck::render::Sink;

/// An open output.
pub(crate) enum Output {
    Stdout(BufWriter<StdoutLock<'static>>),
    /// Written as it comes: each line stands for itself.
    Lines(BufWriter<File>),
    /// Written beside its place and moved there when it is whole.
    Document {
        file: BufWriter<File>,
        temporary: Temporary,
        path: PathBuf,
    },
}

/// A file that is gone when the run ends before it is moved to its place.
pub(crate) struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Usually it has been moved and is not there any more.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Output {
    /// Opens the file, or standard output without one.
    pub(crate) fn open(path: Option<&Path>, document: bool) -> io::Result<Self> {
        let Some(path) = path else { return Ok(Output::Stdout(BufWriter::new(io::stdout().lock()))) };
        if !document {
            return Ok(Output::Lines(BufWriter::with_capacity(1 << 16, File::create(path)?)));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = Temporary(path.with_file_name(name));
        let file = BufWriter::new(File::create(&temporary.0)?);
        Ok(Output::Document { file, temporary, path: path.to_owned() })
    }

    /// Whether a person is looking.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Output::Stdout(_)) && io::stdout().is_terminal()
    }

    /// Leaves the file to its owner alone, before anything secret is written to it.
    pub(crate) fn keep_private(&self) -> io::Result<()> {
        #[cfg(unix)]
        if let Output::Lines(file) | Output::Document { file, .. } = self {
            use std::os::unix::fs::PermissionsExt as _;
            file.get_ref().set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(())
    }

    /// Brings everything to its place.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        match self {
            Output::Document { temporary, path, .. } => std::fs::rename(&temporary.0, path),
            Output::Stdout(_) | Output::Lines(_) => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stdout(output) => output.write(bytes),
            Output::Lines(file) | Output::Document { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(output) => output.flush(),
            Output::Lines(file) | Output::Document { file, .. } => file.flush(),
        }
    }
}

impl Sink for Output {
    fn finish(self: Box<Self>) -> io::Result<()> {
        Output::finish(*self)
    }
}
