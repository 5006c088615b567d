//! A sender's retries against a greylist, without any network.

use std::time::Duration;

/// The waits between a sender's attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    waits: Vec<Duration>,
}

/// How a server greylists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The time from the first contact on within which every retry is deferred.
    pub block: Duration,
    /// The time behind it within which a retry passes. A later one counts as a first contact.
    pub pass: Duration,
    /// The time for which a sender that has passed stays known.
    pub expire: Duration,
}

/// What became of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// The attempts that are made, up to the one that passes.
    pub tries: Vec<Try>,
    /// The time at which the schedule gives up if nothing passes.
    pub gives_up: Duration,
}

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// The time since the first one.
    pub at: Duration,
    /// The time that is left of the block; none if the attempt passes.
    pub left: Option<Duration>,
    /// Whether the server takes it for a first contact.
    pub anew: bool,
}

/// Waits of a schedule at most.
const MAX_WAITS: usize = 1_000;

impl Schedule {
    /// A schedule of these waits.
    ///
    /// # Errors
    /// A sentence if there is none, one is nothing, or there are too many.
    pub fn new(waits: Vec<Duration>) -> Result<Self, String> {
        if waits.is_empty() || waits.len() > MAX_WAITS {
            return Err(format!("a schedule has 1 to {MAX_WAITS} waits, not {}", waits.len()));
        }
        if waits.iter().any(Duration::is_zero) {
            return Err("a wait must be longer than nothing".to_owned());
        }
        Ok(Schedule { waits })
    }

    /// The waits in order.
    pub fn waits(&self) -> &[Duration] {
        &self.waits
    }

    /// The time from the first attempt to the last one.
    pub fn gives_up(&self) -> Duration {
        self.waits.iter().fold(Duration::ZERO, |sum, wait| sum.saturating_add(*wait))
    }

    /// Plays it against a policy.
    pub fn play(&self, policy: &Policy) -> Played {
        let mut tries = Vec::new();
        let (mut at, mut first) = (Duration::ZERO, None);
        for wait in std::iter::once(&Duration::ZERO).chain(&self.waits) {
            at = at.saturating_add(*wait);
            let age = first.map(|first| at.saturating_sub(first));
            match age {
                Some(age) if age < policy.block => {
                    tries.push(Try { at, left: Some(policy.block - age), anew: false });
                }
                Some(age) if age <= policy.block.saturating_add(policy.pass) => {
                    tries.push(Try { at, left: None, anew: false });
                    break;
                }
                _ => {
                    // RFC 6647 §5: outside the range a retry is not considered as one.
                    first = Some(at);
                    tries.push(Try { at, left: Some(policy.block), anew: true });
                }
            }
        }
        Played { tries, gives_up: self.gives_up() }
    }
}

impl Played {
    /// The number of the attempt that passes, counted from 1, and its time.
    pub fn passes(&self) -> Option<(usize, Duration)> {
        let last = self.tries.last().filter(|last| last.left.is_none())?;
        Some((self.tries.len(), last.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const POLICY: Policy = Policy {
        block: Duration::from_secs(240),
        pass: Duration::from_secs(6 * 3_600),
        expire: Duration::from_secs(36 * 86_400),
    };

    fn minutes(waits: &[u32]) -> Schedule {
        Schedule::new(waits.iter().map(|wait| MINUTE * *wait).collect()).expect("a schedule")
    }

    #[test]
    fn usual_schedule_passes_at_the_second_attempt_and_lasts_four_days() {
        let played = minutes(&[15, 30, 60, 90, 120, 240, 480, 960, 1_440, 2_880]).play(&POLICY);
        assert_eq!(played.passes(), Some((2, MINUTE * 15)));
        assert_eq!(played.gives_up, MINUTE * 6_315);
    }

    #[test]
    fn hasty_retries_are_deferred_with_the_time_left() {
        let played = minutes(&[1, 1, 2]).play(&POLICY);
        let left: Vec<_> = played.tries.iter().map(|attempt| attempt.left.map(|left| left.as_secs())).collect();
        assert_eq!(left, [Some(240), Some(180), Some(120), None]);
        assert_eq!(played.passes(), Some((4, MINUTE * 4)));
    }

    #[test]
    fn late_retries_are_first_contacts_each() {
        let played = minutes(&[480, 480]).play(&POLICY);
        assert_eq!(played.passes(), None);
        assert!(played.tries.iter().all(|attempt| attempt.anew));
    }

    #[test]
    fn window_begins_with_the_end_of_the_block_and_includes_its_end() {
        assert_eq!(minutes(&[364]).play(&POLICY).passes(), Some((2, MINUTE * 364)));
        assert_eq!(minutes(&[365]).play(&POLICY).passes(), None);
        assert_eq!(minutes(&[4]).play(&POLICY).passes(), Some((2, MINUTE * 4)));
    }

    #[test]
    fn empty_and_zero_waits_are_no_schedule() {
        assert!(Schedule::new(Vec::new()).is_err());
        assert!(Schedule::new(vec![Duration::ZERO]).is_err());
        assert!(Schedule::new(vec![MINUTE; 1_001]).is_err());
    }
}
