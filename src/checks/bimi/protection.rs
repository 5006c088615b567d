//! What BIMI demands of DMARC (§7.1).

use super::{Judge, rules};
use crate::checks::dmarc::Protection;
use crate::mail::dmarc_record::{DmarcRecord, Policy};
use crate::report::{Finding, Severity, Unclear, clean};

impl Judge<'_> {
    /// Judges whether DMARC is as BIMI demands (§7.1), where a record promises a logo.
    pub(super) fn protection(&mut self, protection: Result<Protection, Unclear>) {
        let protection = match protection {
            Ok(protection) => protection,
            Err(open) => {
                let decided = self.findings.iter().any(|finding| finding.rule.severity <= Severity::Warning);
                return self.unclear.push(Unclear { decisive: open.decisive && !decided, ..open });
            }
        };
        self.facts.dmarc_policy = protection.policy;
        let before = self.findings.len();
        for published in &protection.records {
            let weak = weaknesses(&published.record);
            if !weak.is_empty() {
                let finding = Finding::new(&rules::DMARC, &published.name, published.text.evidence(&published.name));
                let remedy = format!("Publish at {}: TXT \"{}\"", published.name, strengthened(&published.record));
                self.findings.push(finding.detail(weak.join(", ")).remedy(remedy));
            }
        }
        if let Some((name, proof)) = protection.lacking {
            let remedy = format!("Have one record at {name}: TXT \"v=DMARC1; p=quarantine\"");
            let finding = Finding::new(&rules::DMARC, &name, proof).detail(format!("not one DMARC record at {name}"));
            self.findings.push(finding.remedy(remedy));
        }
        self.facts.dmarc_suffices = Some(self.findings.len() == before);
    }
}

/// What a DMARC record lacks for BIMI (§7.1 steps 7 to 9).
fn weaknesses(record: &DmarcRecord) -> Vec<String> {
    let mut weak = Vec::new();
    let Some(policies) = record.policies() else { return vec!["no policy that can be followed".to_owned()] };
    if policies.domain == Policy::None {
        weak.push("p=none".to_owned());
    }
    if record.sp.valid() == Some(Policy::None) {
        weak.push("sp=none".to_owned());
    }
    if policies.domain == Policy::Quarantine {
        let share = record.tag("pct").map(|tag| tag.value.as_str());
        weak.extend(share.filter(|share| *share != "100").map(|share| format!("p=quarantine with pct={share}")));
        if record.testing {
            weak.push("p=quarantine with t=y, which counts as none".to_owned());
        }
    }
    weak
}

/// The record with which nothing is lacking, the other tags as they are.
fn strengthened(record: &DmarcRecord) -> String {
    let policy = record.p.valid().filter(|policy| *policy != Policy::None).unwrap_or(Policy::Quarantine);
    let mut tags = vec!["v=DMARC1".to_owned(), format!("p={}", policy.as_str())];
    for tag in &record.list.tags {
        match tag.name.to_ascii_lowercase().as_str() {
            "v" | "p" | "pct" | "t" => {}
            "sp" if matches!(record.sp.valid(), None | Some(Policy::None)) => {}
            "np" if record.np.valid().is_none() => {}
            _ => tags.push(format!("{}={}", tag.name, tag.value)),
        }
    }
    clean(&tags.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn lacks(text: &str, weak: &[&str], strong: &str) {
        let record = DmarcRecord::parse(text);
        assert_eq!(
            (weaknesses(&record), strengthened(&record).as_str()),
            (weak.iter().map(ToString::to_string).collect(), strong)
        );
        assert_eq!(weaknesses(&DmarcRecord::parse(strong)), Vec::<String>::new());
    }

    #[test]
    fn conditions_of_the_draft_are_told_with_the_record_that_keeps_them() {
        // §7.1 steps 7 to 9.
        lacks(
            "v=DMARC1; p=none; rua=mailto:a@b.example",
            &["p=none"],
            "v=DMARC1; p=quarantine; rua=mailto:a@b.example",
        );
        lacks("v=DMARC1; p=reject; sp=none", &["sp=none"], "v=DMARC1; p=reject");
        lacks("v=DMARC1; p=quarantine; pct=50", &["p=quarantine with pct=50"], "v=DMARC1; p=quarantine");
        lacks(
            "v=DMARC1; p=quarantine; t=y",
            &["p=quarantine with t=y, which counts as none"],
            "v=DMARC1; p=quarantine",
        );
        lacks("v=DMARC1; sp=x; p=y", &["no policy that can be followed"], "v=DMARC1; p=quarantine");
        for enough in ["v=DMARC1; p=reject; adkim=s", "v=DMARC1; p=quarantine", "v=DMARC1; p=quarantine; sp=quarantine"]
        {
            lacks(enough, &[], enough);
        }
        assert!(weaknesses(&DmarcRecord::parse("v=DMARC1; p=reject; pct=20")).is_empty());
        assert!(weaknesses(&DmarcRecord::parse("v=DMARC1; p=quarantine; pct=100")).is_empty());
    }
}
