//! Formats that must have seen everything before they can write anything.

use std::io::{self, Write};
use std::rc::Rc;

use super::{End, Head, Renderer, TargetReport};
use crate::report::{CheckReport, Facts};

/// A whole run.
pub(super) struct WholeRun<'a> {
    pub head: &'a Head,
    pub end: &'a End,
    /// In input order.
    pub targets: &'a [Rc<TargetReport>],
}

impl WholeRun<'_> {
    /// Every result with its target.
    pub(super) fn results(&self) -> impl Iterator<Item = (&TargetReport, &CheckReport)> {
        self.targets.iter().flat_map(|target| target.checks.iter().map(move |report| (&**target, report)))
    }
}

/// Writes a whole run.
pub(super) type WriteRun = fn(&mut dyn Write, &WholeRun<'_>) -> io::Result<()>;

/// The renderer of a format that writes a whole run at once.
pub(super) fn whole(write: WriteRun) -> Box<dyn Renderer> {
    Box::new(Whole { write, head: None, targets: Vec::new() })
}

struct Whole {
    write: WriteRun,
    head: Option<Head>,
    targets: Vec<Rc<TargetReport>>,
}

impl Renderer for Whole {
    fn is_document(&self) -> bool {
        true
    }

    fn begin(&mut self, _: &mut dyn Write, head: &Head) -> io::Result<()> {
        self.head = Some(head.clone());
        Ok(())
    }

    fn target(&mut self, _: &mut dyn Write, target: &Rc<TargetReport>) -> io::Result<()> {
        self.targets.push(Rc::clone(target));
        Ok(())
    }

    fn end(&mut self, output: &mut dyn Write, end: &End) -> io::Result<()> {
        let Some(head) = &self.head else { return Ok(()) };
        (self.write)(output, &WholeRun { head, end, targets: &self.targets })
    }
}

/// Facts by the names of the JSON, for formats that count or draw; null if there are none.
pub(super) fn by_name(facts: Option<&dyn Facts>) -> serde_json::Value {
    facts.and_then(|facts| serde_json::to_value(facts).ok()).unwrap_or_default()
}

/// When the certificate that a host of `tls` shows expires.
pub(super) fn expiry(host: &serde_json::Value) -> Option<jiff::Timestamp> {
    host["chain"][0]["not_after"].as_str()?.parse().ok()
}
