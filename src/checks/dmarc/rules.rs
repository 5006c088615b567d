//! What a DMARC record can mean for the administrator.

use crate::report::{Cite, Remedy, Rule, Severity};

const FORMAT: Cite = Cite::rfc(9989, "4.7");
const SYNTAX: Cite = Cite::rfc(9989, "4.8");
const WALK: Cite = Cite::rfc(9989, "4.10");
const DISCOVERY: Cite = Cite::rfc(9989, "4.10.1");
const TAG_LIST: Cite = Cite::rfc(6376, "3.2");
const EXTERNAL: Cite = Cite::rfc(9990, "4");
const EXTERNAL_FAILURE: Cite = Cite::rfc(9991, "5");
const OLD_FORMAT: Cite = Cite::rfc(7489, "6.3");
const OLD_DISCOVERY: Cite = Cite::rfc(7489, "6.6.3");
const NULL_MX: Cite = Cite::rfc(7505, "3");

/// No record at the domain, its organisational domain or its public suffix. RFC 9989 §4.10.1.
pub(super) static MISSING: Rule = Rule {
    id: "dmarc-missing",
    title: "No DMARC record",
    severity: Severity::Error,
    cites: &[DISCOVERY],
    why: "Anybody can send mail in the domain's name and receivers are not told what to do about it. Large receivers \
          demand a record from those who send them much.",
    remedy: Remedy::Act("Publish a record at _dmarc below the domain, first with p=none and an address for reports."),
};

/// More than one record at a name. RFC 9989 §4.10.
pub(super) static SEVERAL: Rule = Rule {
    id: "dmarc-several",
    title: "Several DMARC records at one name",
    severity: Severity::Error,
    cites: &[WALK, OLD_DISCOVERY],
    why: "Receivers discard all of them, so that the domain has no record of its own.",
    remedy: Remedy::Act("Merge them into one record and remove the others."),
};

/// A record without a usable policy and without a report address. RFC 9989 §4.10.1.
pub(super) static UNUSABLE: Rule = Rule {
    id: "dmarc-unusable",
    title: "The record asks for nothing that receivers can follow",
    severity: Severity::Error,
    cites: &[DISCOVERY, FORMAT],
    why: "A record with no valid p, or with an sp or np that is not valid, is passed over unless it names a report \
          address.",
    remedy: Remedy::Act("Give p, and sp and np where they stand, one of the values none, quarantine and reject."),
};

/// A policy that is not valid in a record that is kept for its report address. RFC 9989 §4.10.1.
pub(super) static POLICY_INVALID: Rule = Rule {
    id: "dmarc-policy-invalid",
    title: "A policy tag is not valid, so the record counts as p=none",
    severity: Severity::Warning,
    cites: &[DISCOVERY, FORMAT],
    why: "Because a report address is there, receivers act as if p=none had been published: forged mail is let \
          through, whatever the other tags ask.",
    remedy: Remedy::Act("Give p, and sp and np where they stand, one of the values none, quarantine and reject."),
};

/// A text that was meant as a record. RFC 9989 §4.8.
pub(super) static NEAR_MISS: Rule = Rule {
    id: "dmarc-near-miss",
    title: "A text at _dmarc is almost a DMARC record",
    severity: Severity::Warning,
    cites: &[SYNTAX],
    why: "A record begins with v=DMARC1 in exactly this case, before every other tag and without blanks or quotes in \
          front of it. Receivers pass over anything else.",
    remedy: Remedy::Act("Let the record begin with v=DMARC1; and nothing in front of it."),
};

/// A record at the domain itself. RFC 9989 §4.5.
pub(super) static MISPLACED: Rule = Rule {
    id: "dmarc-misplaced",
    title: "A DMARC record stands at the domain instead of below _dmarc",
    severity: Severity::Warning,
    cites: &[Cite::rfc(9989, "4.5")],
    why: "Receivers look at _dmarc below the domain and nowhere else.",
    remedy: Remedy::Act("Move the record to _dmarc below the domain."),
};

/// Other texts beside the record. RFC 9989 §4.10.
pub(super) static UNRELATED: Rule = Rule {
    id: "dmarc-unrelated-text",
    title: "Other texts stand at _dmarc",
    severity: Severity::Note,
    cites: &[WALK],
    why: "Receivers discard them. They often come from a wildcard record, which then answers for every name that \
          has no record of its own.",
    remedy: Remedy::Act("Remove them, or the wildcard they come from."),
};

/// A part that is no tag. RFC 9989 §4.8.
pub(super) static SYNTAX_FAULT: Rule = Rule {
    id: "dmarc-syntax",
    title: "A part of the record is not a tag with a value",
    severity: Severity::Warning,
    cites: &[SYNTAX, TAG_LIST],
    why: "Receivers drop the part, and strict ones the record.",
    remedy: Remedy::Act("Write each tag as name=value and put a semicolon between two of them."),
};

/// A tag that stands twice. RFC 6376 §3.2.
pub(super) static DUPLICATE_TAG: Rule = Rule {
    id: "dmarc-duplicate-tag",
    title: "A tag stands more than once",
    severity: Severity::Error,
    cites: &[TAG_LIST, FORMAT],
    why: "A tag list in which a name occurs twice is invalid as a whole. Some receivers drop the record, others take \
          the first value or the last.",
    remedy: Remedy::Act("Keep one tag of each name."),
};

/// A tag nobody knows. RFC 9989 §4.7.
pub(super) static UNKNOWN_TAG: Rule = Rule {
    id: "dmarc-unknown-tag",
    title: "A tag that DMARC does not know",
    severity: Severity::Warning,
    cites: &[FORMAT],
    why: "Receivers ignore it. If it is a slip of the pen, the tag that was meant is missing.",
    remedy: Remedy::Act("Correct its name or remove it."),
};

/// A value that is none, where a default steps in. RFC 9989 §4.8.
pub(super) static TAG_VALUE: Rule = Rule {
    id: "dmarc-tag-value",
    title: "A tag has a value that DMARC does not know",
    severity: Severity::Warning,
    cites: &[SYNTAX],
    why: "Receivers take the tag's default instead.",
    remedy: Remedy::Act(
        "Correct the value: adkim and aspf take r or s, t takes y or n, psd takes y, n or u, fo takes 0, 1, d and \
             s with colons between them and never both 0 and 1.",
    ),
};

/// A tag of RFC 7489 that is no more. RFC 9989 appendix C.5.2.
pub(super) static REMOVED_TAG: Rule = Rule {
    id: "dmarc-removed-tag",
    title: "A tag that was removed from DMARC",
    severity: Severity::Note,
    cites: &[FORMAT, OLD_FORMAT],
    why: "RFC 9989 removed pct, rf and ri. Receivers that follow it ignore them, older ones still obey.",
    remedy: Remedy::Act("Remove the tag; for a policy on trial publish t=y."),
};

/// A percentage below one hundred. RFC 7489 §6.3.
pub(super) static PCT: Rule = Rule {
    id: "dmarc-pct",
    title: "Old receivers apply the policy to a part of the mail only",
    severity: Severity::Warning,
    cites: &[OLD_FORMAT, FORMAT],
    why: "Receivers that follow RFC 9989 ignore pct and apply the policy to all mail, older ones let the other part \
          of forged mail through.",
    remedy: Remedy::Act("Remove pct; if the policy is not meant in earnest yet, publish t=y."),
};

/// p that does not follow v. RFC 7489 §6.3.
pub(super) static P_NOT_SECOND: Rule = Rule {
    id: "dmarc-p-not-second",
    title: "p does not stand right behind v",
    severity: Severity::Warning,
    cites: &[OLD_FORMAT],
    why: "RFC 9989 allows any order, but RFC 7489 did not: some older receivers pass over the record.",
    remedy: Remedy::Act("Let the record begin with v=DMARC1; p=…."),
};

/// A policy of none in force. RFC 9989 §4.7.
pub(super) static NONE: Rule = Rule {
    id: "dmarc-none",
    title: "The policy is none",
    severity: Severity::Warning,
    cites: &[FORMAT],
    why: "Receivers are told to do nothing about forged mail. That is right for watching the reports and for nothing \
          else.",
    remedy: Remedy::Act("When the reports show that your own mail passes, publish p=quarantine and later p=reject."),
};

/// A policy on trial. RFC 9989 §4.7.
pub(super) static TESTING: Rule = Rule {
    id: "dmarc-testing",
    title: "The policy is on trial",
    severity: Severity::Warning,
    cites: &[FORMAT],
    why: "With t=y receivers apply the policy one level below: quarantine instead of reject, nothing instead of \
          quarantine.",
    remedy: Remedy::Act("When the reports show that your own mail passes, remove t=y."),
};

/// Subdomains that are guarded less. RFC 9989 §4.7.
pub(super) static SUBDOMAIN_WEAKER: Rule = Rule {
    id: "dmarc-subdomain-weaker",
    title: "Subdomains are guarded less than the domain",
    severity: Severity::Warning,
    cites: &[FORMAT],
    why: "A forger writes from a subdomain, which readers trust as much.",
    remedy: Remedy::Act("Remove sp, or raise it to the value of p."),
};

/// Names that do not exist are guarded less. RFC 9989 §4.7.
pub(super) static NON_EXISTENT_WEAKER: Rule = Rule {
    id: "dmarc-nonexistent-weaker",
    title: "Names that do not exist are guarded less than those that do",
    severity: Severity::Warning,
    cites: &[FORMAT],
    why: "No mail comes from a name that does not exist, so all of it is forged; np asks receivers to let it through.",
    remedy: Remedy::Act("Remove np, or publish np=reject."),
};

/// A subdomain's record with sp or np. RFC 9989 §4.7.
pub(super) static SP_IGNORED: Rule = Rule {
    id: "dmarc-sp-ignored",
    title: "sp and np have no effect in a subdomain's record",
    severity: Severity::Note,
    cites: &[FORMAT, DISCOVERY],
    why: "Names below a subdomain are governed by their own record or by that of the organisational domain.",
    remedy: Remedy::Act("Remove them, or publish psd=n if the subdomain is an organisation of its own."),
};

/// A record that claims a public suffix. RFC 9989 §4.7.
pub(super) static PSD_CLAIM: Rule = Rule {
    id: "dmarc-psd-claim",
    title: "The record claims that the domain is a public suffix",
    severity: Severity::Warning,
    cites: &[FORMAT, WALK],
    why: "With psd=y each name below the domain becomes an organisation of its own: relaxed alignment between the \
          domain and its subdomains fails. The public suffix list does not know the domain.",
    remedy: Remedy::Act("Remove psd=y unless others register names below the domain."),
};

/// A policy that depends on the receiver's age. RFC 9989 §4.10, RFC 7489 §6.6.3.
pub(super) static DIFFERS: Rule = Rule {
    id: "dmarc-discovery-differs",
    title: "Old and new receivers come to different answers",
    severity: Severity::Note,
    cites: &[WALK, OLD_DISCOVERY],
    why: "RFC 9989 walks up the tree and knows np and t; RFC 7489 asks the domain below the public suffix and knows \
          neither. Until all receivers have changed both answers count.",
    remedy: Remedy::Act("Publish a record at the domain itself that asks for the policy you want."),
};

/// No address for reports. RFC 9989 §4.7.
pub(super) static NO_REPORTS: Rule = Rule {
    id: "dmarc-no-reports",
    title: "No aggregate reports are asked for",
    severity: Severity::Warning,
    cites: &[FORMAT, Cite::rfc(9989, "5.1.3")],
    why: "Without rua nobody tells you who sends in your name, nor whether your own mail passes.",
    remedy: Remedy::Act("Add rua=mailto: with a mailbox that a program reads."),
};

/// An address for reports that is none. RFC 9989 §4.6.
pub(super) static REPORT_URI: Rule = Rule {
    id: "dmarc-report-uri",
    title: "A report address cannot be used",
    severity: Severity::Warning,
    cites: &[Cite::rfc(9989, "4.6"), SYNTAX],
    why: "Receivers need only know mailto:, and they ignore what is no URI. A comma or an exclamation mark inside an \
          address must be percent-encoded.",
    remedy: Remedy::Act("Write each address as mailto:name@domain and put a comma between two of them."),
};

/// The obsolete size limit. RFC 9989 §4.8.
pub(super) static REPORT_SIZE: Rule = Rule {
    id: "dmarc-report-size",
    title: "A report address has a size limit, which is obsolete",
    severity: Severity::Note,
    cites: &[SYNTAX],
    why: "Reporters ignore the limit, and some take it for a part of the address.",
    remedy: Remedy::Act("Remove the exclamation mark and what follows it."),
};

/// More addresses than reporters serve. RFC 7489 §6.2.
pub(super) static REPORT_MANY: Rule = Rule {
    id: "dmarc-report-many",
    title: "More than two report addresses in one tag",
    severity: Severity::Note,
    cites: &[Cite::rfc(7489, "6.2")],
    why: "Reporters may limit how many they serve; RFC 7489 promised two.",
    remedy: Remedy::Act("Name two addresses at most and forward from there."),
};

/// A destination that receives no mail. RFC 7505 §3.
pub(super) static REPORT_UNDELIVERABLE: Rule = Rule {
    id: "dmarc-report-undeliverable",
    title: "Reports cannot be delivered",
    severity: Severity::Warning,
    cites: &[Cite::rfc(9989, "5.1.3"), NULL_MX],
    why: "The domain of the address receives no mail, so the reports are lost.",
    remedy: Remedy::Act("Name a mailbox at a domain that receives mail."),
};

/// A destination elsewhere that has not agreed. RFC 9990 §4, RFC 9991 §5.
pub(super) static REPORT_UNAUTHORISED: Rule = Rule {
    id: "dmarc-report-unauthorised",
    title: "The destination of the reports has not agreed to receive them",
    severity: Severity::Warning,
    cites: &[EXTERNAL, EXTERNAL_FAILURE],
    why: "Reports leave the organisation only if the other side says in its DNS that it takes them. Reporters ignore \
          the address otherwise.",
    remedy: Remedy::Act("Ask the operator of the mailbox to publish the permission."),
};

/// A permission that leads elsewhere. RFC 9990 §4, RFC 9991 §5.
pub(super) static REPORT_OVERRIDE: Rule = Rule {
    id: "dmarc-report-override",
    title: "The permission for reports leads to another host",
    severity: Severity::Warning,
    cites: &[EXTERNAL, EXTERNAL_FAILURE],
    why: "A permission may replace the address by another one at the same host only. Reporters send to neither \
          otherwise.",
    remedy: Remedy::Act(
        "Ask the operator of the mailbox to correct the address in the permission: rua for aggregate reports, ruf for \
             failure reports.",
    ),
};

/// Failure options without failure reports. RFC 9989 §4.7.
pub(super) static FO: Rule = Rule {
    id: "dmarc-fo",
    title: "fo has no effect",
    severity: Severity::Note,
    cites: &[FORMAT],
    why: "Receivers ignore fo unless ruf names an address for failure reports.",
    remedy: Remedy::Act("Remove fo, or add ruf."),
};

/// All rules of this check.
pub(super) static ALL: &[&Rule] = &[
    &MISSING,
    &SEVERAL,
    &UNUSABLE,
    &POLICY_INVALID,
    &NEAR_MISS,
    &MISPLACED,
    &UNRELATED,
    &SYNTAX_FAULT,
    &DUPLICATE_TAG,
    &UNKNOWN_TAG,
    &TAG_VALUE,
    &REMOVED_TAG,
    &PCT,
    &P_NOT_SECOND,
    &NONE,
    &TESTING,
    &SUBDOMAIN_WEAKER,
    &NON_EXISTENT_WEAKER,
    &SP_IGNORED,
    &PSD_CLAIM,
    &DIFFERS,
    &NO_REPORTS,
    &REPORT_URI,
    &REPORT_SIZE,
    &REPORT_MANY,
    &REPORT_UNDELIVERABLE,
    &REPORT_UNAUTHORISED,
    &REPORT_OVERRIDE,
    &FO,
];
