//! The inputs of a run: how many there are, and how those from a pipe arrive.

use std::path::Path;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use crate::config::ConfigError;
use crate::input::{self, Input};
use crate::names::address;
use crate::names::target::{Target, TargetKind};

/// Targets from a pipe, which may be slow: a thread reads it, so that what has come is tested while the rest
/// is waited for, and so that the user can interrupt.
pub(super) fn arriving(inputs: Box<dyn Iterator<Item = Input> + Send>) -> BoxStream<'static, Input> {
    let (sender, receiver) = tokio::sync::mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        for input in inputs {
            if sender.blocking_send(input).is_err() {
                return;
            }
        }
    });
    stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|input| (input, receiver))).boxed()
}

/// Lines read ahead of those that are tested.
const AHEAD: usize = 1024;

/// How much a run is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Targets of the command line and lines of the input.
    pub(super) inputs: u64,
    /// The same, with every address of the command line's networks.
    pub(super) addresses: u64,
}

/// How many targets there are, as far as it can be told without reading a stream.
pub(super) fn count_targets(targets: &[Target], input: Option<&Path>) -> Result<Option<Extent>, ConfigError> {
    let mut known = Extent { inputs: targets.len() as u64, addresses: 0 };
    for target in targets {
        known.addresses += match &target.kind {
            TargetKind::Network(network) => address::count(network),
            _ => 1_u64,
        };
    }
    let Some(path) = input else { return Ok(Some(known)) };
    if !path.is_file() {
        // A pipe can be read only once; it may hold any number.
        return Ok(None);
    }
    match input::count(path).map_err(|error| ConfigError(format!("--input {}: {error}", path.display())))? {
        0 => Err(no_targets(path)),
        lines => Ok(Some(Extent { inputs: known.inputs + lines, addresses: known.addresses + lines })),
    }
}

/// A file without targets is a mistake: what made it failed, or it is another file.
pub(super) fn no_targets(path: &Path) -> ConfigError {
    let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    ConfigError(format!("--input: no targets in {name}"))
}
