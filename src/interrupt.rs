//! The wish of the user or the system that this process ends.

use std::io;

/// Hears signals from its making on; they do not end the process any more.
pub struct Interrupt {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Interrupt {
    /// Listens for SIGINT (Ctrl-C), SIGTERM (systemd, containers, CI) and SIGHUP (a terminal that is gone), unless
    /// nohup(1) had the last one ignored. In a runtime only.
    ///
    /// # Errors
    /// The system's.
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let mut signals = vec![signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
        if !ignores(SignalKind::hangup().as_raw_value()) {
            signals.push(signal(SignalKind::hangup())?);
        }
        Ok(Interrupt { signals })
    }

    /// Waits for the next signal.
    pub async fn wait(&mut self) {
        let ends = std::future::poll_fn(|context| {
            let came = self.signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if came { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        });
        ends.await;
    }
}

#[cfg(not(unix))]
impl Interrupt {
    /// Listens for Ctrl-C. In a runtime only.
    ///
    /// # Errors
    /// The system's.
    pub fn listen() -> io::Result<Self> {
        Ok(Interrupt {})
    }

    /// Waits for the next Ctrl-C.
    pub async fn wait(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn broken_pipes_are_ignored_as_rust_arranges_and_terminations_are_not() {
        assert!(ignores(13), "SIGPIPE");
        assert!(!ignores(15), "SIGTERM");
    }
}
