//! The wish of the user or the system that this process ends.

use std::io;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

/// Hears signals from its making on; they do not end the process any more.
pub struct Interrupt(BoxStream<'static, ()>);

impl Interrupt {
    /// Listens for SIGINT (Ctrl-C), SIGTERM (systemd, containers, CI) and SIGHUP (a terminal that is gone), unless
    /// nohup(1) had the last one ignored. In a runtime only.
    ///
    /// # Errors
    /// The system's.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
        kinds.extend(Some(SignalKind::hangup()).filter(|kind| !ignores(kind.as_raw_value())));
        let heard = |kind| {
            let each = stream::unfold(signal(kind)?, async |mut signal| signal.recv().await.map(|()| ((), signal)));
            Ok(each.boxed())
        };
        let heard: Vec<_> = kinds.into_iter().map(heard).collect::<io::Result<_>>()?;
        Ok(Interrupt(stream::select_all(heard).boxed()))
    }

    /// Listens for Ctrl-C. In a runtime only.
    ///
    /// # Errors
    /// The system's.
    #[cfg(not(unix))]
    pub fn listen() -> io::Result<Self> {
        let heard = stream::unfold((), async |()| tokio::signal::ctrl_c().await.ok().map(|()| ((), ())));
        Ok(Interrupt(heard.boxed()))
    }

    /// One that comes when a test says so.
    #[cfg(test)]
    pub fn when(comes: impl futures_util::Stream<Item = ()> + Send + 'static) -> Self {
        Interrupt(comes.boxed())
    }

    /// Waits for the next one.
    pub async fn wait(&mut self) {
        if self.0.next().await.is_none() {
            // Nothing more can come.
            std::future::pending::<()>().await;
        }
    }
}

/// Whether whoever started this process had it ignore a signal, where the system says so: proc_pid_status(5).
#[cfg(unix)]
fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn broken_pipes_are_ignored_as_rust_arranges_and_terminations_are_not() {
        assert!(super::ignores(13), "SIGPIPE");
        assert!(!super::ignores(15), "SIGTERM");
    }
}
