//! One JSON document, streamed: the summary comes last.

use std::io::{self, Write};
use std::rc::Rc;

use serde::Serialize;

use super::escape::escaped;
use super::{End, Head, Renderer, TargetReport};
use crate::report::document::{self, Beginning, Check, Target};
use crate::report::{Facts, millis};

/// The renderer.
#[derive(Default)]
pub(super) struct Json {
    any: bool,
}

impl Renderer for Json {
    fn is_document(&self) -> bool {
        true
    }

    fn begin(&mut self, output: &mut dyn Write, head: &Head) -> io::Result<()> {
        let tool = head.tool.clone();
        let started = format!("{:.3}", head.started).into();
        let beginning = members(&Beginning { schema: document::VERSION, tool, started })?;
        write!(output, "{{{beginning},\"targets\":[")
    }

    fn target(&mut self, output: &mut dyn Write, target: &Rc<TargetReport>) -> io::Result<()> {
        if std::mem::replace(&mut self.any, true) {
            output.write_all(b",")?;
        }
        let stored: Target<'_, &dyn Facts> = Target {
            input: target.input.as_str().into(),
            kind: target.kind.as_str().into(),
            verdict: target.verdict(),
            surface: target.surface.as_deref(),
            checks: target.checks.iter().map(Check::of).collect(),
        };
        output.write_all(&escaped(&serde_json::to_vec(&stored)?))
    }

    fn end(&mut self, output: &mut dyn Write, end: &End) -> io::Result<()> {
        // By the end of the run the resolver has told all it will of itself.
        let (resolver, summary) = (end.resolver.clone(), end.summary);
        let end = members(&document::End {
            resolver,
            summary,
            interrupted: end.interrupted,
            duration_ms: millis(end.duration),
        })?;
        writeln!(output, "],{end}}}")
    }
}

/// An object without its braces, which stand around more than it.
fn members(object: &impl Serialize) -> io::Result<String> {
    let json = serde_json::to_vec(object)?;
    let json = String::from_utf8_lossy(&escaped(&json)).into_owned();
    let inner = json.strip_prefix('{').and_then(|json| json.strip_suffix('}'));
    Ok(inner.unwrap_or_default().to_owned())
}
