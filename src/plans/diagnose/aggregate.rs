//! Aggregate reports: DMARC's in XML (RFC 9990) and TLS reports in JSON (RFC 8460).

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::Value;

use super::facts::Source;

/// Rows of one report that are read.
const MAX_ROWS: usize = 10_000;
/// Nodes of one document: reports are flat.
const MAX_NODES: u32 = 1_000_000;

/// The domain a report is about, and its sources, the worst first.
#[derive(Debug)]
pub(super) struct Aggregate {
    pub(super) domain: String,
    pub(super) reporter: String,
    pub(super) sources: Vec<Row>,
}

/// A source, and what failed.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) source: Source,
    /// Whether nothing passed.
    pub(super) failed: bool,
    /// Whether SPF or DKIM passed for a domain that is not the author's.
    pub(super) misaligned: bool,
}

/// Reads a DMARC aggregate report. Entities are not expanded, and nothing is fetched.
///
/// # Errors
/// A sentence if this is none.
pub(super) fn dmarc(octets: &[u8]) -> Result<Aggregate, String> {
    let text = String::from_utf8_lossy(octets);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| format!("the report is no XML that can be read: {error}"))?;
    let root = document.root_element();
    let domain = child(root, "policy_published").and_then(|policy| words(policy, "domain"));
    let reporter = child(root, "report_metadata").and_then(|metadata| words(metadata, "org_name"));
    let mut sources: Vec<Row> = Vec::new();
    for record in root.children().filter(|node| node.tag_name().name() == "record").take(MAX_ROWS) {
        let Some(row) = child(record, "row") else { continue };
        let evaluated = child(row, "policy_evaluated");
        let evaluated = |name: &str| evaluated.and_then(|node| words(node, name)).unwrap_or_default();
        let (spf, dkim) = (evaluated("spf") == "pass", evaluated("dkim") == "pass");
        let results = child(record, "auth_results");
        let result = |method: &str| {
            let node = results?.children().find(|node| node.tag_name().name() == method)?;
            Some((words(node, "domain").unwrap_or_default(), words(node, "result").unwrap_or_default()))
        };
        let passes = |method: &str| result(method).is_some_and(|(_, result)| result == "pass");
        let shown = |method: &str, aligned: bool| {
            let (domain, result) = result(method)?;
            let aligned = if aligned { "aligned" } else { "not aligned" };
            Some(format!("{result} ({domain}, {aligned})"))
        };
        let source = Source {
            source: words(row, "source_ip").unwrap_or_default(),
            count: words(row, "count").and_then(|count| count.parse().ok()).unwrap_or(1),
            result: evaluated("disposition"),
            spf: shown("spf", spf),
            dkim: shown("dkim", dkim),
        };
        let failed = !spf && !dkim;
        sources.push(Row { source, failed, misaligned: failed && (passes("spf") || passes("dkim")) });
    }
    sources.sort_by_key(|row| (!row.failed, std::cmp::Reverse(row.source.count)));
    Ok(Aggregate { domain: domain.unwrap_or_default(), reporter: reporter.unwrap_or_default(), sources })
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.tag_name().name() == name)
}

fn words(node: Node<'_, '_>, name: &str) -> Option<String> {
    let node = node.children().find(|child| child.tag_name().name() == name)?;
    let text = crate::report::clean(node.text().unwrap_or_default().trim());
    (!text.is_empty()).then(|| text.chars().take(300).collect())
}

/// Reads a TLS report.
///
/// # Errors
/// A sentence if this is none.
pub(super) fn tls(octets: &[u8]) -> Result<Aggregate, String> {
    let report: Value =
        serde_json::from_slice(octets).map_err(|error| format!("the report is no JSON that can be read: {error}"))?;
    let text =
        |value: &Value| crate::report::clean(value.as_str().unwrap_or_default()).chars().take(300).collect::<String>();
    let mut domain = String::new();
    let mut sources = Vec::new();
    for policy in report["policies"].as_array().into_iter().flatten().take(MAX_ROWS) {
        let of = text(&policy["policy"]["policy-domain"]);
        let kind = text(&policy["policy"]["policy-type"]);
        if domain.is_empty() {
            domain.clone_from(&of);
        }
        let succeeded = policy["summary"]["total-successful-session-count"].as_u64().unwrap_or(0);
        if succeeded > 0 {
            let source = Source {
                source: of.clone(),
                count: succeeded,
                result: format!("succeeded ({kind})"),
                spf: None,
                dkim: None,
            };
            sources.push(Row { source, failed: false, misaligned: false });
        }
        for failure in policy["failure-details"].as_array().into_iter().flatten().take(MAX_ROWS) {
            let host = text(&failure["receiving-mx-hostname"]);
            let source = Source {
                source: if host.is_empty() { of.clone() } else { host },
                count: failure["failed-session-count"].as_u64().unwrap_or(1),
                result: format!("{} ({kind})", text(&failure["result-type"])),
                spf: None,
                dkim: None,
            };
            sources.push(Row { source, failed: true, misaligned: false });
        }
    }
    sources.sort_by_key(|row| (!row.failed, std::cmp::Reverse(row.source.count)));
    Ok(Aggregate { domain, reporter: text(&report["organization-name"]), sources })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DMARC: &str = "<?xml version=\"1.0\"?><feedback><report_metadata><org_name>receiver.example</org_name></report_metadata>\
        <policy_published><domain>example.com</domain></policy_published>\
        <record><row><source_ip>192.0.2.1</source_ip><count>7</count><policy_evaluated><disposition>none</disposition>\
        <dkim>pass</dkim><spf>pass</spf></policy_evaluated></row></record>\
        <record><row><source_ip>198.51.100.9</source_ip><count>3</count><policy_evaluated><disposition>reject</disposition>\
        <dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><auth_results><spf><domain>bulk.example</domain>\
        <result>pass</result></spf></auth_results></record></feedback>";

    #[test]
    fn failing_sources_come_first() {
        let report = dmarc(DMARC.as_bytes()).expect("a report");
        let of = |row: &Row| (row.source.source.clone(), row.source.count, row.failed, row.misaligned);
        let all: Vec<_> = report.sources.iter().map(of).collect();
        assert_eq!(all, [("198.51.100.9".to_owned(), 3, true, true), ("192.0.2.1".to_owned(), 7, false, false)]);
    }

    #[test]
    fn entities_and_document_types_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><feedback>&a;</feedback>";
        assert!(dmarc(bomb.as_bytes()).is_err());
    }

    #[test]
    fn tls_reports_tell_what_failed_where() {
        let text = r#"{"organization-name":"r.example","policies":[{"policy":{"policy-type":"sts","policy-domain":"example.com"},
            "summary":{"total-successful-session-count":5,"total-failure-session-count":2},
            "failure-details":[{"result-type":"certificate-expired","receiving-mx-hostname":"mx.example.com","failed-session-count":2}]}]}"#;
        let report = tls(text.as_bytes()).expect("a report");
        assert_eq!(report.sources.len(), 2);
        assert!(report.sources[0].failed && report.sources[0].source.source == "mx.example.com");
    }
}
