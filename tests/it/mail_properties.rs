//! What must hold for every mail record: parsers never panic, keep their bounds, and read back what they were given.

use std::time::Duration;

use data_encoding::BASE64;
use proptest::prelude::*;
use rcgen::{CertificateParams, DnType, KeyPair, SerialNumber, date_time_ymd};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};
use spamcheck::mail::bimi::{self, HttpsUri};
use spamcheck::mail::bounce::{MAX_TEXT, Reading, Said};
use spamcheck::mail::canonical::Canonicalization;
use spamcheck::mail::dkim_key::{self, Key, KeyRecord};
use spamcheck::mail::dkim_signature::{SignatureField, without_signature};
use spamcheck::mail::dmarc_record::{self, DmarcRecord};
use spamcheck::mail::greylisting::{LONGEST_COUNTDOWN, Policy as Greylist, Schedule, countdown};
use spamcheck::mail::logs::Reader;
use spamcheck::mail::mailbox_list;
use spamcheck::mail::message::Message;
use spamcheck::mail::mta_sts::{self, Pattern, Policy};
use spamcheck::mail::report_uri;
use spamcheck::mail::svg::{self, Indicator};
use spamcheck::mail::tag_list::TagList;
use spamcheck::mail::tls_rpt;
use spamcheck::mail::tlsa::Tlsa;
use spamcheck::names::domain::Domain;
use spamcheck::net::tls::certificate::Certificate;
use spamcheck::net::tls::mark;
use spamcheck::net::tls::pkix;

/// Text with the characters that decide: separators, white space, quotes, and what is not ASCII.
fn record_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("v=DMARC1".to_owned()),
        Just("p=none".to_owned()),
        Just("rua=mailto:a@example.org!10m,https://b.example".to_owned()),
        Just("l=http://a.example/b,c.svg".to_owned()),
        "[a-z_0-9]{0,6} ?=[ -~]{0,12}",
        "\\PC{0,8}",
        "[ \t\r\n;=,:!@]{0,6}",
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.join(";"))
}

proptest! {
    #[test]
    fn tag_list_points_at_columns_inside_the_text(text in record_text()) {
        let list = TagList::parse(&text);
        let end = text.chars().count() + 1;
        let columns = list.tags.iter().map(|tag| tag.column).chain(list.faults.iter().map(|fault| fault.column));
        for column in columns {
            prop_assert!((1..=end).contains(&column), "column {column} of {text:?}");
        }
        for tag in &list.tags {
            let rest: String = text.chars().skip(tag.column - 1).collect();
            prop_assert!(rest.starts_with(&tag.name), "{:?} at {} of {text:?}", tag.name, tag.column);
        }
    }

    #[test]
    fn tag_list_without_faults_reads_back_what_was_written(
        pairs in proptest::collection::btree_map("[a-z][a-z0-9_]{0,5}", "[!-:<-~]{0,12}", 0..8),
    ) {
        let written: Vec<String> = pairs.iter().map(|(name, value)| format!(" {name} = {value} ")).collect();
        let list = TagList::parse(&written.join(";"));
        let read: Vec<(String, String)> = list.tags.into_iter().map(|tag| (tag.name, tag.value)).collect();
        prop_assert_eq!(list.faults, []);
        prop_assert_eq!(read, pairs.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn dmarc_record_is_read_whatever_it_holds(text in record_text()) {
        let _ = dmarc_record::is_near_miss(&text);
        let record = DmarcRecord::parse(&text);
        if let Some(policies) = record.policies() {
            prop_assert!(record.p.valid().is_none_or(|_| record.has_report_address() || record.has_valid_policy()));
            prop_assert!(policies.domain.lowered() <= policies.domain);
        }
    }

    #[test]
    fn key_record_is_read_whatever_it_holds(text in record_text(), key in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = KeyRecord::parse(&text);
        if let Ok(key) = dkim_key::rsa_key(&key) {
            prop_assert!(key.bits <= 80 * 8);
        }
    }

    #[test]
    fn ed25519_key_reads_back_however_it_is_folded(key in any::<[u8; 32]>(), at in 0_usize..44) {
        let mut text = data_encoding::BASE64.encode(&key);
        text.insert_str(at, " \r\n\t");
        let record = KeyRecord::parse(&format!("v=DKIM1; k=ed25519; p={text}"));
        prop_assert_eq!(record.key, Key::Ed25519(key));
    }

    #[test]
    fn tlsa_record_reads_back_what_it_writes(
        usage in 0_u8..6, selector in 0_u8..4, matching in 0_u8..5, data in proptest::collection::vec(any::<u8>(), 1..80),
        certificate in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let record = Tlsa { usage, selector, matching, data };
        prop_assert_eq!(record.to_string().parse(), Ok(record.clone()));
        if record.fault().is_none() {
            prop_assert!(matches!((usage, selector, matching), (2 | 3, 0 | 1, 0..=2)), "{}", record);
        }
        let made = Tlsa::of(usage, selector, matching, &certificate);
        prop_assert_eq!(record.stands_for(&certificate), made.is_some_and(|made| made == record));
    }

    #[test]
    fn text_is_a_tlsa_record_or_none(text in "[0-9a-fx \\t]{0,40}|\\PC{0,20}") {
        if let Ok(record) = text.parse::<Tlsa>() {
            prop_assert_eq!(record.to_string().parse(), Ok(record));
        }
    }

    #[test]
    fn records_of_mta_sts_and_tls_rpt_are_read_whatever_they_hold(text in record_text()) {
        let id = mta_sts::Record::parse(&text).id;
        prop_assert!(id.is_none_or(|id| (1..=32).contains(&id.len())));
        let record = tls_rpt::Record::parse(&text);
        prop_assert!(!record.rua.is_empty() || !record.faults.is_empty());
    }

    #[test]
    fn policy_of_mta_sts_is_read_whatever_it_holds(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("version: STSv1".to_owned()),
                "mode: ?(enforce|testing|none|off)",
                "max_age:[0-9 ]{0,12}",
                "mx: ?[*.a-z-]{0,12}",
                "\\PC{0,12}",
            ],
            0..10,
        ),
    ) {
        let policy = Policy::parse(&lines.join("\r\n"));
        prop_assert!(policy.max_age_s.is_none_or(|age| age <= mta_sts::MAX_AGE));
        prop_assert!(!policy.is_valid() || policy.is_version_1);
        for pattern in &policy.mx {
            prop_assert_eq!(Pattern::parse(&pattern.to_string()), Some(pattern.clone()));
        }
    }

    #[test]
    fn record_of_bimi_is_read_whatever_it_holds(text in record_text()) {
        let _ = (bimi::is_record(&text), bimi::is_near_miss(&text));
        let record = bimi::Record::parse(&format!("v=BIMI1;{text}"));
        prop_assert!(!record.is_declined() || record.location == bimi::Location::Empty);
        if let Some(mended) = bimi::mended(&text) {
            let record = bimi::Record::parse(&mended);
            prop_assert!(bimi::is_record(&mended) && record.location.uri().is_some(), "{mended}");
            prop_assert_eq!((record.faults, record.bad_values, record.unknown), (vec![], vec![], vec![]));
        }
    }

    #[test]
    fn address_of_a_logo_reads_back_and_no_redirect_leads_to_another_scheme(
        text in "(https://|HTTPS://)?[a-z0-9.:/?#@-]{0,30}",
        reference in "(https:|http:|//|/)?[a-z0-9.:/?# ]{0,20}",
    ) {
        if let Ok(uri) = HttpsUri::parse(&text) {
            prop_assert_eq!(HttpsUri::parse(&uri.to_string()), Ok(uri.clone()));
            if let Ok(next) = uri.join(&reference) {
                prop_assert!(next.to_string().starts_with("https://") && next.path.starts_with('/'));
            }
        }
    }

    #[test]
    fn logo_is_read_whatever_it_holds(parts in proptest::collection::vec(svg_part(), 0..24), octets in any::<Vec<u8>>()) {
        let text = parts.concat();
        for read in [Indicator::read(text.as_bytes()), Indicator::read(&octets)].into_iter().flatten() {
            prop_assert!(read.faults.len() <= svg::MAX_FAULTS);
        }
    }

    #[test]
    fn report_addresses_are_as_many_as_commas_allow(text in record_text()) {
        let list = report_uri::parse_list(&text);
        prop_assert!(list.len() <= text.matches(',').count() + 1);
    }

    #[test]
    fn canonical_body_ends_its_last_line_and_stays_as_it_is(text in message_text()) {
        let message = Message::parse(format!("A: b\n\n{text}").as_bytes()).expect("a message");
        for form in [Canonicalization::Simple, Canonicalization::Relaxed] {
            let once = body(form, message.body());
            prop_assert!(once.is_empty() || once.ends_with(b"\r\n") && !once.ends_with(b"\n\r\n"));
            prop_assert_eq!(body(form, &once), once.clone());
            // Line ends behind it never matter.
            prop_assert_eq!(body(form, &[message.body(), b"\r\n\r\n"].concat()), once);
        }
    }

    #[test]
    fn relaxed_form_is_blind_to_white_space_and_to_nothing_else(
        words in proptest::collection::vec("[!-9;-~]{1,6}", 1..8),
        spaces in proptest::collection::vec("[ \t]{1,3}|\r\n[ \t]{1,2}", 8),
        tail in "[ \t]{0,3}",
    ) {
        let field: String =
            words.iter().zip(&spaces).map(|(word, space)| format!("{space}{word}")).collect::<Vec<_>>().concat();
        let relaxed = |field: &str| {
            let mut all = Vec::new();
            Canonicalization::Relaxed.field(field.as_bytes(), &mut all);
            String::from_utf8(all).expect("ASCII")
        };
        let plain = format!("x-a:{}\r\n", words.join(" "));
        prop_assert_eq!(relaxed(&format!("X-A \t:{field}{tail}\r\n")), plain.clone());
        prop_assert_eq!(relaxed(&plain), plain);
    }

    #[test]
    fn fields_and_body_of_a_message_are_all_of_it(text in message_text()) {
        if let Ok(message) = Message::parse(text.as_bytes()) {
            let mut size = message.body().len();
            let mut count = 0;
            while let Some(field) = message.field(count) {
                prop_assert!(field.octets.ends_with(b"\r\n") && field.octets.starts_with(field.name));
                prop_assert!(message.places(&String::from_utf8_lossy(field.name).to_ascii_lowercase()).contains(&count));
                size += field.octets.len();
                count += 1;
            }
            prop_assert!(count > 0);
            prop_assert!(size == message.size() || size + 2 == message.size(), "{size} of {}", message.size());
            // With CRLF it is the same message.
            let again: Vec<u8> = (0..count).filter_map(|at| message.field(at)).flat_map(|field| field.octets).copied().collect();
            let again = Message::parse(&[&again[..], b"\r\n", message.body()].concat()).expect("a message");
            prop_assert_eq!(again.body(), message.body());
        }
    }

    #[test]
    fn signature_is_read_whatever_it_holds(text in record_text(), octets in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = SignatureField::parse(text.as_bytes());
        let _ = SignatureField::parse(&octets);
        prop_assert!(without_signature(text.as_bytes()).len() <= text.len());
        let tags = format!("D:v=1; b={}; bh=x", text.replace(';', ""));
        prop_assert_eq!(without_signature(tags.as_bytes()), b"D:v=1; b=; bh=x");
    }

    #[test]
    fn mailboxes_are_as_many_as_commas_allow(text in "[a-z@.<>()\\\\\",:; ]{0,40}") {
        let most = text.matches([',', ';']).count() + 1;
        prop_assert!(mailbox_list::domains(text.as_bytes()).len() <= most);
    }
}

/// Text with the octets that decide in a message.
/// Pieces of logos, right ones and hostile ones.
fn svg_part() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\">"),
        Just("<title>a</title>"),
        Just("</svg>"),
        Just("<g fill=\"url(#a)\""),
        Just(" href='data:,'"),
        Just(">"),
        Just("/>"),
        Just("<!DOCTYPE svg"),
        Just(" [<!ENTITY a \"&b;\">]"),
        Just("&a;"),
        Just("<?xml version='1.0'?>"),
        Just("<!--"),
        Just("-->"),
        Just("<![CDATA["),
        Just("]]>"),
        Just("\u{feff}\u{e9}"),
    ]
}

fn message_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\r".to_owned()),
        "[ \t]{1,3}",
        "[a-z]{1,4}: ?[a-z]{0,4}\n",
        "\\PC{1,4}",
    ];
    proptest::collection::vec(part, 0..16).prop_map(|parts| parts.concat())
}

fn body(form: Canonicalization, text: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    form.body(text, |piece| all.extend_from_slice(piece));
    all
}

/// Words of deferring servers, numbers, and what stands between them.
fn deferral() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "(try again|retry|greylisted|wait|come back|later)",
        "(in|for|after|within|at|and|to)",
        "(seconds|minutes|min|s|h|days|UTC)",
        "[0-9]{1,9}[smhd:]{0,2}",
        "\\PC{0,8}",
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.join(" "))
}

proptest! {
    #[test]
    fn countdown_of_any_words_is_none_or_within_its_bounds(text in deferral()) {
        if let Some(wait) = countdown(&text) {
            prop_assert!(!wait.is_zero() && wait <= LONGEST_COUNTDOWN, "{wait:?} of {text:?}");
        }
    }

    #[test]
    fn announced_time_is_read_whatever_stands_around_it(seconds in 1_u64..864_000, before in "[n-r ,]{0,20}") {
        let text = format!("4.7.1 {before}. Greylisted, please try again in {seconds} seconds (policy)");
        prop_assert_eq!(countdown(&text).map(|wait| wait.as_secs()), Some(seconds));
    }

    #[test]
    fn schedule_passes_only_inside_the_window(
        waits in proptest::collection::vec(1_u64..100_000, 1..20),
        block in 0_u64..20_000,
        pass in 1_u64..40_000,
    ) {
        let seconds = Duration::from_secs;
        let schedule = Schedule::new(waits.iter().map(|wait| seconds(*wait)).collect()).expect("a schedule");
        let policy = Greylist { block: seconds(block), pass: seconds(pass), expire: seconds(1) };
        let played = schedule.play(&policy);
        let mut first = None;
        for attempt in &played.tries {
            if attempt.anew {
                first = Some(attempt.at);
            }
            let age = attempt.at - first.expect("the first attempt is a first contact");
            let inside = !attempt.anew && age >= policy.block && age <= policy.block + policy.pass;
            prop_assert_eq!(attempt.left.is_none(), inside, "{:?}", attempt);
        }
        prop_assert!(played.passes().is_some() || played.tries.len() == waits.len() + 1);
    }
}

/// Certificates as nobody issues them: a thousand names, a subject of 64 KiB, a negative serial, the last year there is.
fn odd_certificates() -> &'static [Vec<u8>] {
    static MADE: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    MADE.get_or_init(|| {
        let key = KeyPair::generate().expect("a key");
        let plain = || CertificateParams::new(vec!["mx.example".to_owned()]).expect("parameters");
        let names = (0..1000).map(|number| format!("mx{number}.example"));
        let many = CertificateParams::new(names.collect::<Vec<_>>()).expect("parameters");
        let mut long = plain();
        long.distinguished_name.push(DnType::CommonName, "x".repeat(64 * 1024));
        let mut negative = plain();
        negative.serial_number = Some(SerialNumber::from_slice(&[0x80, 0, 0, 1]));
        let mut late = plain();
        (late.not_before, late.not_after) = (date_time_ymd(4096, 1, 1), date_time_ymd(9999, 12, 31));
        let made = [plain(), many, long, negative, late].into_iter();
        made.map(|params| params.self_signed(&key).expect("a certificate").der().to_vec()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn certificate_of_any_octets_never_panics(
        which in any::<prop::sample::Index>(),
        length in any::<prop::sample::Index>(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        is_cut in any::<bool>(),
    ) {
        let mut octets = which.get(odd_certificates()).clone();
        // What decides stands in the first octets.
        let start = octets.len().min(400);
        for (place, octet) in edits {
            octets[place.index(start)] = octet;
        }
        if is_cut {
            octets.truncate(length.index(octets.len()));
        }
        let chain = vec![CertificateDer::from(octets)];
        let read = Certificate::read(&chain[0], 1_800_000_000);
        prop_assert_eq!(read.sha256.len(), 64);
        prop_assert!(read.subject.chars().count() < 600 && read.issuer.chars().count() < 600);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
        let examined = pkix::examine(&chain, Some("mx.example"), &RootCertStore::empty(), now);
        prop_assert!(examined.trusted != Some(true));
        prop_assert!(!examined.faults.is_empty() || examined.unsupported.is_some());
        let _ = Tlsa::advised(&chain[0]);
        let domain: Domain = "mx.example".parse().expect("a name");
        let record = mark::Record { selector: "default", domains: &[&domain] };
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64.encode(&chain[0]));
        for document in [pem.as_bytes(), &pem.as_bytes()[..length.index(pem.len())], &chain[0]] {
            prop_assert!(!mark::Evidence::read(document, record, 1_800_000_000).faults.is_empty());
        }
    }
}

/// A report as programs write them, with what decides in any order.
fn report_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("From: MAILER-DAEMON@a.example\n".to_owned()),
        Just("Content-Type: multipart/report; boundary=B\n".to_owned()),
        Just("\n--B\nContent-Type: message/delivery-status\n\n".to_owned()),
        Just("Final-Recipient: rfc822; a+40b.example\n".to_owned()),
        Just("Diagnostic-Code: smtp; 550-5.1.1 x\n 550 5.1.1 y\n".to_owned()),
        Just(
            "<a@b.example>:\nhost h.example[192.0.2.1] said: 450 4.7.1 [2001:db8::1] z (in reply to RCPT)\n".to_owned()
        ),
        Just("Received: from x ([192.0.2.1]) by y.example; z\n".to_owned()),
        "[ -~]{0,30}\n",
        "\\PC{0,12}",
        "[<>()\\[\\]:;#'\" \n]{0,8}",
    ];
    proptest::collection::vec(part, 0..16).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn reports_are_read_without_panic_and_within_bounds(text in report_text()) {
        if let Some(reading) = Reading::of(text.as_bytes()) {
            for report in reading.reports {
                prop_assert!(report.text.unwrap_or_default().chars().count() <= MAX_TEXT);
                prop_assert!(report.recipient.is_none_or(|recipient| !recipient.contains(char::is_whitespace)));
            }
        }
        let said = Said::read(&text);
        prop_assert!(said.code.is_none_or(|code| text.contains(&code.to_string())));
        prop_assert!(said.enhanced.is_none_or(|code| text.contains(&code)));
    }

    #[test]
    fn lines_of_logs_are_read_without_panic_however_they_are_cut(at in 0_usize..400, sample in 0_usize..8, junk in "\\PC{0,20}") {
        const SAMPLES: [&str; 8] = [
            "Mar  4 09:14:03 mx postfix/smtp[1]: 4Z: to=<a@b.example>, relay=h[192.0.2.1]:25, dsn=5.1.1, status=bounced (host h[192.0.2.1] said: 550 5.1.1 x (in reply to RCPT TO command))",
            "Mar  4 09:14:03 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.7.1 x; from=<x@a.example> to=<a@b.example> proto=ESMTP helo=<h>",
            "2025-03-04 09:14:03 1tpAbc-00000001abc-2xYz ** a@b.example <c@d.example> R=r T=t H=h [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<a@b.example>: 550 x",
            "2025-03-04 09:14:03 H=h (helo) [192.0.2.9] F=<x@a.example> rejected RCPT <a@b.example>: y",
            "Mar  4 09:14:03 mx sm-mta[1]: 52: to=<a@b.example>, delay=0, relay=h. [192.0.2.1], dsn=5.1.1, reply=550 x, stat=y",
            "Mar  4 09:14:03 mx smtpd[1]: 7f mta delivery evpid=1 from=<b@c.example> to=<a@b.example> relay=\"192.0.2.1 (h)\" result=\"PermFail\" stat=\"550 x\"",
            "[2025.03.04] 09:14:03.123 [192.0.2.9][1] rsp: 554 x",
            "2025-03-04T08:14:03.123Z [INFO] [U.1.1] [core] hook=rcpt retval=DENY msg=\"x\"",
        ];
        let line = SAMPLES[sample];
        let cut = (0..=at.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
        let mut reader = Reader::new(0);
        for line in [line.to_owned(), line[..cut].to_owned(), format!("{}{junk}", &line[..cut]), format!("{junk}{}", &line[cut..])] {
            reader.line(&line, &mut |_| {});
        }
        reader.end(&mut |_| {});
        prop_assert!(reader.known >= 1);
    }
}
