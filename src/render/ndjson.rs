//! One JSON object a line, as each check finishes.

use std::io::{self, Write};

use super::escape::escaped;
use super::{Renderer, TargetInfo};
use crate::report::document::{self, Check, Line};
use crate::report::{CheckReport, Facts};

/// The renderer.
#[derive(Default)]
pub(super) struct Ndjson {
    line: Vec<u8>,
}

impl Renderer for Ndjson {
    fn is_document(&self) -> bool {
        false
    }

    fn check(&mut self, output: &mut dyn Write, target: &TargetInfo<'_>, report: &CheckReport) -> io::Result<()> {
        let line: Line<'_, &dyn Facts> = Line {
            schema: document::VERSION,
            input: target.input.into(),
            kind: target.kind.into(),
            check: Check::of(report),
            number: target.number,
            subjects: target.subjects,
            surface: target.surface.as_deref(),
        };
        self.line.clear();
        serde_json::to_writer(&mut self.line, &line)?;
        self.line.push(b'\n');
        output.write_all(&escaped(&self.line))
    }
}
