//! TLS-RPT records (RFC 8460 §3).

use super::mta_sts::is_field_name;
use super::report_uri::{self, ReportUri};
use super::tag_list::TagList;

/// A TLS-RPT record, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where reports go.
    pub rua: Vec<ReportUri>,
    /// What is wrong with the record, in words.
    pub faults: Vec<String>,
    /// Tags of no meaning, which reporters ignore.
    pub unknown: Vec<String>,
}

/// Whether a text begins as a record must; others are discarded (RFC 8460 §3).
pub fn is_record(text: &str) -> bool {
    text.starts_with("v=TLSRPTv1;")
}

/// Whether a text that is no record was meant as one.
pub fn is_near_miss(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|next| next.is_ascii_alphanumeric() || *next == '=').collect();
    !is_record(text) && squeezed.to_ascii_lowercase().contains("v=tlsrpt")
}

impl Record {
    /// Reads a text for which [`is_record`] holds.
    pub fn parse(text: &str) -> Record {
        let list = TagList::parse_with(text, is_field_name);
        let mut faults: Vec<String> = list.faults.iter().map(ToString::to_string).collect();
        let rua = list.value("rua").map(report_uri::parse_list).unwrap_or_default();
        if rua.is_empty() {
            faults.push("there is no rua".to_owned());
        }
        let is_unknown = |name: &&str| !matches!(*name, "v" | "rua");
        let names = list.tags.iter().map(|tag| tag.name.as_str());
        Record { rua, faults, unknown: names.filter(is_unknown).map(str::to_owned).collect() }
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
        assert!(is_near_miss("v=TLSRPT; rua=x") && is_near_miss("v=tlsrptv1;") && !is_near_miss("v=TLSRPTv1;"));
    }
}
