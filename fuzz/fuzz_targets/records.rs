//! Records and policies from strangers: every parser of `mail` reads every text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spamcheck::mail::bimi::{self, HttpsUri};
use spamcheck::mail::dkim_key::{self, KeyRecord};
use spamcheck::mail::dmarc_record::{self, DmarcRecord};
use spamcheck::mail::svg::{Indicator, MAX_FAULTS};
use spamcheck::mail::tag_list::TagList;
use spamcheck::mail::tlsa::Tlsa;
use spamcheck::mail::{local_part, mta_sts, report_uri, tls_rpt};
use spamcheck::names::domain::Domain;
use spamcheck::net::tls::mark;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let _ = TagList::parse(&text);
    let _ = report_uri::parse_list(&text);
    let _ = dkim_key::rsa_key(bytes);
    let key = KeyRecord::parse(&text);
    let _ = (key.is_key_record(), key.allows_sha256(), key.is_for_mail());
    let _ = (dmarc_record::is_record(&text), dmarc_record::is_near_miss(&text));
    let _ = DmarcRecord::parse(&text).policies();
    let _ = mta_sts::Record::parse(&text);
    let _ = mta_sts::Policy::parse(&text).is_valid();
    let _ = tls_rpt::Record::parse(&text);
    let _ = (bimi::is_record(&text), bimi::is_near_miss(&text), bimi::Record::parse(&text).is_declined());
    if let Ok(uri) = HttpsUri::parse(&text) {
        assert_eq!(HttpsUri::parse(&uri.to_string()), Ok(uri));
    }
    if let Ok(indicator) = Indicator::read(bytes) {
        assert!(indicator.faults.len() <= MAX_FAULTS);
    }
    if let Ok(domain) = "example.org".parse::<Domain>() {
        let record = mark::Record { selector: "default", domains: &[&domain] };
        let _ = mark::Evidence::read(bytes, record, 1_800_000_000);
    }
    let _ = local_part::faults(&text);
    assert!(local_part::faults(&local_part::quote(&text)).is_empty() || text.contains(char::is_control));
    if let Ok(record) = text.parse::<Tlsa>() {
        assert_eq!(record.to_string().parse(), Ok(record.clone()));
        let _ = (record.fault(), record.stands_for(bytes), record.is_overruled_by(&record));
    }
    if let [usage, selector, matching, data @ ..] = bytes {
        let record = Tlsa { usage: *usage, selector: *selector, matching: *matching, data: data.to_vec() };
        let _ = (record.fault(), record.stands_for(data), Tlsa::of(*usage, *selector, *matching, data));
    }
});
