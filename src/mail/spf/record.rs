//! The record (RFC 7208 §4.6, §12): every term with its place, and all faults instead of the first.

use std::borrow::Cow;
use std::ops::Range;

use super::macros::{MacroString, Place};
use super::mechanism::{self, DomainSpec, Mechanism};
use super::select::{VERSION, is_record};

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The record's octets.
    pub text: Vec<u8>,
    /// The terms that could be read, in order.
    pub terms: Vec<Term>,
    /// What is wrong, by position. Any fault anywhere makes the whole record a permerror (§4.6).
    pub faults: Vec<Fault>,
}

/// A part of the record between spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its octets.
    pub span: Range<usize>,
    /// What it is.
    pub kind: TermKind,
}

/// What a term is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermKind {
    /// A test with its result.
    Directive(Directive),
    /// `redirect=`: another record answers (§6.1).
    Redirect(DomainSpec),
    /// `exp=`: where the explanation stands (§6.2).
    Explanation(DomainSpec),
    /// A modifier that means nothing to SPF (§6).
    Unknown(String),
}

/// A test with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The result when it matches.
    pub qualifier: Qualifier,
    /// The test.
    pub mechanism: Mechanism,
}

/// The result of a directive that matches (§4.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualifier {
    /// `+`, or nothing.
    Pass,
    /// `-`
    Fail,
    /// `~`
    SoftFail,
    /// `?`
    Neutral,
}

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The octets at fault; an empty range where something is missing.
    pub span: Range<usize>,
    /// What is wrong with them.
    pub what: Cow<'static, str>,
}

/// Faults as they are found.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, span: Range<usize>, what: impl Into<Cow<'static, str>>) {
        self.0.push(Fault { span, what: what.into() });
    }
}

impl Record {
    /// Reads a record, to its end whatever is wrong with it.
    pub fn parse(text: &[u8]) -> Self {
        let mut faults = Faults::default();
        let mut terms: Vec<Term> = Vec::new();
        let mut at = VERSION.len().min(text.len());
        if !is_record(text) {
            faults.add(0..at, "the record does not begin with \"v=spf1\" and a space");
        }
        while at < text.len() {
            if text[at] == b' ' {
                at += 1;
                continue;
            }
            let end = text[at..].iter().position(|byte| *byte == b' ').map_or(text.len(), |space| at + space);
            let span = at..end;
            if let Some(kind) = term(&text[span.clone()], at, &mut faults) {
                if terms.iter().any(|earlier| kind.is_twice(&earlier.kind)) {
                    faults.add(span.clone(), "this modifier is there twice");
                }
                terms.push(Term { span, kind });
            }
            at = end;
        }
        let mut faults = faults.0;
        faults.sort_by_key(|fault| (fault.span.start, fault.span.end));
        Record { text: text.to_vec(), terms, faults }
    }

    /// The directives in order.
    pub fn directives(&self) -> impl Iterator<Item = (&Term, &Directive)> {
        self.terms.iter().filter_map(|term| match &term.kind {
            TermKind::Directive(directive) => Some((term, directive)),
            _ => None,
        })
    }

    /// The `redirect` modifier.
    pub fn redirect(&self) -> Option<(&Term, &DomainSpec)> {
        self.terms.iter().find_map(|term| match &term.kind {
            TermKind::Redirect(spec) => Some((term, spec)),
            _ => None,
        })
    }

    /// The `exp` modifier.
    pub fn explanation(&self) -> Option<(&Term, &DomainSpec)> {
        self.terms.iter().find_map(|term| match &term.kind {
            TermKind::Explanation(spec) => Some((term, spec)),
            _ => None,
        })
    }

    /// The first `all`, behind which nothing is evaluated.
    pub fn all(&self) -> Option<(&Term, &Directive)> {
        self.directives().find(|(_, directive)| directive.mechanism == Mechanism::All)
    }

    /// Whether the record refuses everyone: it is evaluated at all, and whatever matches in it, `-all` at last, is a
    /// fail.
    pub fn refuses_everyone(&self) -> bool {
        // RFC 7208 §4.6: a fault anywhere makes the whole record a permerror, which refuses nobody.
        if !self.faults.is_empty() {
            return false;
        }
        for (_, Directive { qualifier, mechanism }) in self.directives() {
            // A question to the DNS may fail or count as void, and the result be an error instead.
            if *qualifier != Qualifier::Fail || mechanism.costs_lookup() {
                return false;
            }
            // RFC 7208 §5.1: what stands after "all" is never reached.
            if *mechanism == Mechanism::All {
                return true;
            }
        }
        false
    }

    /// The text of a term as it is shown.
    pub fn text_of(&self, span: &Range<usize>) -> String {
        shown(self.text.get(span.clone()).unwrap_or_default())
    }

    /// The whole record as it is shown.
    pub fn shown(&self) -> String {
        shown(&self.text)
    }
}

/// Octets as they are shown: printable ASCII as it is, everything else as `\xHH`, so that nothing hides.
pub fn shown(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for &octet in octets {
        if octet.is_ascii_graphic() || octet == b' ' {
            text.push(char::from(octet));
        } else {
            text.push_str(&format!("\\x{octet:02x}"));
        }
    }
    text
}

/// Whether a modifier is one of those by which a domain asks for reports of failures (RFC 6652 §3). They change no
/// result.
pub fn is_reporting(modifier: &str) -> bool {
    ["ra", "rp", "rr"].iter().any(|known| known.eq_ignore_ascii_case(modifier))
}

impl TermKind {
    /// `redirect` and `exp` may stand only once (§6).
    fn is_twice(&self, other: &TermKind) -> bool {
        matches!(
            (self, other),
            (TermKind::Redirect(_), TermKind::Redirect(_)) | (TermKind::Explanation(_), TermKind::Explanation(_))
        )
    }
}

impl Qualifier {
    /// The sign in front of a mechanism; nothing for a pass.
    pub fn sign(self) -> &'static str {
        match self {
            Qualifier::Pass => "",
            Qualifier::Fail => "-",
            Qualifier::SoftFail => "~",
            Qualifier::Neutral => "?",
        }
    }
}

/// Reads one term; `at` is where it stands.
fn term(text: &[u8], at: usize, faults: &mut Faults) -> Option<TermKind> {
    if let Some(equals) = modifier_name(text) {
        return modifier(text, equals, at, faults);
    }
    let (qualifier, mechanism) = match text.split_first() {
        Some((b'+', rest)) => (Qualifier::Pass, rest),
        Some((b'-', rest)) => (Qualifier::Fail, rest),
        Some((b'~', rest)) => (Qualifier::SoftFail, rest),
        Some((b'?', rest)) => (Qualifier::Neutral, rest),
        _ => (Qualifier::Pass, text),
    };
    let at = at + text.len() - mechanism.len();
    if mechanism.is_empty() {
        faults.add(at - 1..at, "a mechanism is missing behind this sign");
        return None;
    }
    let mechanism = mechanism::parse(mechanism, at, faults)?;
    Some(TermKind::Directive(Directive { qualifier, mechanism }))
}

/// Where the equals sign of a modifier stands: behind a name and before any colon or slash (§4.6.1).
fn modifier_name(text: &[u8]) -> Option<usize> {
    let equals = text.iter().position(|byte| *byte == b'=')?;
    let (first, rest) = text[..equals].split_first()?;
    let named = first.is_ascii_alphabetic()
        && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    named.then_some(equals)
}

fn modifier(text: &[u8], equals: usize, at: usize, faults: &mut Faults) -> Option<TermKind> {
    let name = String::from_utf8_lossy(&text[..equals]).into_owned();
    let value = &text[equals + 1..];
    let behind = at + equals + 1;
    if name.eq_ignore_ascii_case("redirect") {
        return mechanism::domain_spec(value, behind, faults).map(TermKind::Redirect);
    }
    if name.eq_ignore_ascii_case("exp") {
        return mechanism::domain_spec(value, behind, faults).map(TermKind::Explanation);
    }
    match MacroString::parse(value, Place::Modifier) {
        Ok(_) => Some(TermKind::Unknown(name)),
        Err(errors) => {
            for error in errors {
                faults.add(behind + error.span.start..behind + error.span.end, error.what);
            }
            None
        }
    }
}
