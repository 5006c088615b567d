//! TLS-RPT records (RFC 8460 §3).

use super::field_list::{self, Field, FieldList, Start};
use super::report_uri::{self, ReportUri};

/// How a record begins. RFC 8460 §3.
const VERSION: &str = "v=TLSRPTv1";
/// Addresses that are read at most.
const MAX_ADDRESSES: usize = 64;

/// A TLS-RPT record, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where reports go: the addresses of every `rua`, of which a record may have several (RFC 8460 §3).
    pub rua: Vec<ReportUri>,
    /// Whether white space stands between the version and its semicolon: the grammar allows it, and a reporter that
    /// looks for `v=TLSRPTv1;` sees no record.
    pub is_spaced: bool,
    /// What is wrong with the record, in words.
    pub faults: Vec<String>,
    /// Fields of no meaning, which reporters ignore.
    pub unknown: Vec<String>,
}

/// The records among the texts of a name: all others are discarded (RFC 8460 §3).
pub fn records<T>(texts: &[T], text: impl Fn(&T) -> &str) -> Vec<&T> {
    field_list::records(texts, text, VERSION)
}

/// A record without the white space between its version and its semicolon.
pub fn unspaced(text: &str) -> String {
    field_list::unspaced(text, VERSION)
}

/// Whether a text that is no record was meant as one.
pub fn is_near_miss(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|next| next.is_ascii_alphanumeric() || *next == '=').collect();
    squeezed.to_ascii_lowercase().contains("v=tlsrpt")
}

impl Record {
    /// Reads a text that [`records`] found.
    pub fn parse(text: &str) -> Record {
        let list = FieldList::parse(text, VERSION);
        let mut faults: Vec<String> = list.faults.iter().map(ToString::to_string).collect();
        let rua: Vec<ReportUri> = list.values("rua").flat_map(report_uri::parse_list).take(MAX_ADDRESSES).collect();
        // A rua that breaks the grammar is told as that, not as missing.
        if rua.is_empty() && list.faults.is_empty() {
            faults.push("there is no rua".to_owned());
        }
        let extensions = || list.fields.iter().filter(|field| field.name != "rua");
        faults.extend(extensions().filter_map(Field::fault));
        let mut unknown: Vec<String> = Vec::new();
        for field in extensions().filter(|field| !unknown.contains(&field.name)).collect::<Vec<_>>() {
            unknown.push(field.name.clone());
        }
        let is_spaced = field_list::start(text, VERSION) == Start::Spaced;
        Record { rua, is_spaced, faults, unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::report_uri::Destination;

    #[test]
    fn records_of_rfc_8460_are_read() {
        // RFC 8460 §3.1.1 and §3.1.2.
        let record = Record::parse("v=TLSRPTv1;rua=mailto:reports@example.com");
        assert!(matches!(&record.rua[..], [uri] if matches!(uri.destination, Destination::Mail(_))));
        let record = Record::parse("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt");
        assert!(matches!(&record.rua[..], [uri] if matches!(uri.destination, Destination::Https(_))));
        assert_eq!((record.faults, record.unknown), (Vec::new(), Vec::new()));
    }

    #[test]
    fn faults_and_unknown_tags_are_told() {
        assert_eq!(Record::parse("v=TLSRPTv1;").faults, ["there is no rua"]);
        assert_eq!(Record::parse("v=TLSRPTv1; ruf=mailto:a@b.example").unknown, ["ruf"]);
        assert!(!Record::parse("v=TLSRPTv1; rua").faults.is_empty());
        assert!(is_near_miss("v=TLSRPT; rua=x") && is_near_miss("v=tlsrptv1;"));
    }

    #[test]
    fn every_rua_is_read() {
        // RFC 8460 §3: "The record supports the ability to declare more than one rua".
        let record =
            Record::parse("v=TLSRPTv1; rua=mailto:a@b.example , https://c.example/?x=1; rua=mailto:d@e.example");
        let texts: Vec<&str> = record.rua.iter().map(|uri| uri.text.as_str()).collect();
        assert_eq!(texts, ["mailto:a@b.example", "https://c.example/?x=1", "mailto:d@e.example"]);
        assert_eq!((record.faults, record.unknown), (Vec::new(), Vec::new()));
    }

    #[test]
    fn white_space_stands_around_semicolons_and_commas_alone() {
        assert!(Record::parse("v=TLSRPTv1 ; rua=mailto:a@b.example ;").faults.is_empty());
        for text in ["v=TLSRPTv1; rua = mailto:a@b.example", "v=TLSRPTv1; rua= mailto:a@b.example"] {
            assert!(matches!(&Record::parse(text).faults[..], [fault] if fault.contains("white space")), "{text}");
        }
    }
}
