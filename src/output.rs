//! Where the result goes: standard output, or a file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::{Path, PathBuf};

use spamcheck::files::{self, Identity, Place, Replacement};
use spamcheck::render::Sink;

/// An open output.
pub(crate) enum Output {
    Stdout(BufWriter<StdoutLock<'static>>),
    /// A device or a pipe, written to as it is.
    Stream(BufWriter<File>),
    /// Written as it comes: each line stands for itself.
    Lines(BufWriter<Lines>),
    /// It takes its place when it is whole.
    Document(BufWriter<Replacement>),
}

impl Output {
    /// Opens the file, or standard output without one or with `-`. What stands in the file stays there until
    /// something is written.
    pub(crate) fn open(path: Option<&Path>, document: bool) -> io::Result<Self> {
        let Some(path) = path.filter(|path| *path != Path::new("-") && !is_stdout(path)) else {
            return Ok(Output::Stdout(BufWriter::new(io::stdout().lock())));
        };
        let output = match Place::at(path) {
            Ok(Place::Stream(file)) => Ok(Output::Stream(BufWriter::new(file))),
            Ok(Place::File(place)) if document => {
                Replacement::of(&place).map(|file| Output::Document(BufWriter::new(file)))
            }
            Ok(Place::File(place)) => {
                Lines::open(place).map(|file| Output::Lines(BufWriter::with_capacity(1 << 16, file)))
            }
            Err(error) => Err(error),
        };
        output.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// Whether a person is looking.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Output::Stdout(_)) && io::stdout().is_terminal()
    }

    /// Leaves the file to its owner alone, before anything secret is written to it.
    pub(crate) fn keep_private(&self) -> io::Result<()> {
        match self {
            // What is not a file of the user's has the mode that its owner gave it.
            Output::Stdout(_) | Output::Stream(_) => Ok(()),
            Output::Lines(file) => files::keep_private(&file.get_ref().file),
            Output::Document(file) => file.get_ref().keep_private(),
        }
    }

    /// Brings everything to its place.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        match self {
            Output::Stdout(_) | Output::Stream(_) => Ok(()),
            Output::Lines(file) => file.into_inner()?.begin().map(drop),
            Output::Document(file) => file.into_inner()?.commit(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Stdout(output) => output.write(bytes),
            Output::Stream(file) => file.write(bytes),
            Output::Lines(file) => file.write(bytes),
            Output::Document(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Stdout(output) => output.flush(),
            Output::Stream(file) => file.flush(),
            Output::Lines(file) => file.flush(),
            Output::Document(file) => file.flush(),
        }
    }
}

/// A file of lines, which holds what it held until the first one comes.
pub(crate) struct Lines {
    file: File,
    /// The file, if it was made by this run and nothing is in it yet.
    new: Option<PathBuf>,
    has_begun: bool,
}

impl Lines {
    fn open(place: PathBuf) -> io::Result<Self> {
        match OpenOptions::new().write(true).open(&place) {
            Ok(file) => Ok(Lines { file, new: None, has_begun: false }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Lines { file: File::create_new(&place)?, new: Some(place), has_begun: false })
            }
            Err(error) => Err(error),
        }
    }

    /// The file, emptied when it is asked for the first time.
    fn begin(&mut self) -> io::Result<&mut File> {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.new = None;
            self.file.set_len(0)?;
        }
        Ok(&mut self.file)
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begin()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if let Some(path) = &self.new {
            // A run that did not begin leaves no empty file.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Whether a path is standard output by another name: `/dev/stdout`, or the file it was sent to. A socket cannot
/// even be opened by its name.
#[cfg(unix)]
fn is_stdout(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let number = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let there = std::fs::metadata(path).map(number).ok();
    there.is_some() && there == standard(&io::stdout()).and_then(|file| file.metadata().ok()).map(number)
}

#[cfg(not(unix))]
fn is_stdout(_: &Path) -> bool {
    false
}

/// The regular file that standard input comes from.
pub(crate) fn stdin_file() -> Option<Identity> {
    standard(&io::stdin()).as_ref().and_then(Identity::of_open)
}

/// The regular file that standard output goes to.
pub(crate) fn stdout_file() -> Option<Identity> {
    standard(&io::stdout()).as_ref().and_then(Identity::of_open)
}

#[cfg(unix)]
fn standard(stream: &impl std::os::fd::AsFd) -> Option<File> {
    stream.as_fd().try_clone_to_owned().ok().map(File::from)
}

#[cfg(not(unix))]
fn standard<T>(_: &T) -> Option<File> {
    None
}
impl Sink for Output {
    fn finish(self: Box<Self>) -> io::Result<()> {
        Output::finish(*self)
    }
}
