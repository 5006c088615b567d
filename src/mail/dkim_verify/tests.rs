//! Examples of the RFCs, signatures made here, and cases of another implementation.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::BASE64;

use super::*;
use crate::mail::dkim_key::KeyRecord;
use crate::mail::dkim_signature::SignatureField;

/// RFC 6376 appendix A.2.
const RFC_6376: &str = "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
      4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
";
/// RFC 6376 appendix C.
const BRISBANE: &str = "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt\
    IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi\
    tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";
/// RFC 8463 appendix A.3.
const RFC_8463: &str = include_str!("rfc8463.eml");
/// RFC 8463 appendix A.2.
const RFC_8463_ED25519: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
/// RFC 8463 appendix A.2.
const RFC_8463_RSA: &str = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2\
    jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G\
    +2kryOTIKT+l/K4w3QIDAQAB";

fn key(record: &str) -> Key {
    KeyRecord::parse(record).key
}

fn signature(message: &Message, place: usize) -> Signature {
    let field = message.field(place).expect("a field");
    SignatureField::parse(field.value).signature.expect("a sound signature")
}

/// What the body and the header of a message come to with its first signature.
fn verify(text: &str, key: &Key) -> (Body, Result<(), VerifyError>) {
    let message = Message::parse(text.as_bytes()).expect("a message");
    let place = message.places("dkim-signature")[0];
    let signature = signature(&message, place);
    (body(&message, &signature), header(&message, place, &signature, key))
}

#[test]
fn example_of_rfc_6376_verifies() {
    let (body, header) = verify(RFC_6376, &key(BRISBANE));
    assert!(matches!(body, Body::Intact(_)), "{body:?}");
    assert_eq!(header, Ok(()));
    let (body, header) = verify(&RFC_6376.replace("Is dinner", "is dinner"), &key(BRISBANE));
    assert!(matches!(body, Body::Intact(_)));
    assert_eq!(header, Err(VerifyError::Mismatch));
    assert_eq!(verify(&RFC_6376.replace("Hi.", "Ho."), &key(BRISBANE)), (Body::Changed(None), Ok(())));
}

#[test]
fn both_signatures_of_rfc_8463_verify() {
    let message = Message::parse(RFC_8463.as_bytes()).expect("a message");
    for (place, record) in [(0, RFC_8463_ED25519), (1, RFC_8463_RSA)] {
        let signature = signature(&message, place);
        assert!(matches!(body(&message, &signature), Body::Intact(_)));
        assert_eq!(header(&message, place, &signature, &key(record)), Ok(()));
        let other = if place == 0 { RFC_8463_RSA } else { RFC_8463_ED25519 };
        let mismatch = header(&message, place, &signature, &key(other));
        assert_eq!(mismatch, Err(VerifyError::KeyType(signature.algorithm.as_str())));
    }
}

/// A signer, for messages that no RFC has.
enum Signer {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    fn rsa(size: KeySize) -> Self {
        Signer::Rsa(Box::new(RsaKeyPair::generate(size).expect("a key")))
    }

    fn ed25519() -> Self {
        Signer::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key"))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Signer::Rsa(_) => "rsa-sha256",
            Signer::Ed25519(_) => "ed25519-sha256",
        }
    }

    fn key(&self) -> Key {
        match self {
            Signer::Rsa(pair) => key(&format!("p={}", BASE64.encode(pair.public_key().as_ref()))),
            Signer::Ed25519(pair) => key(&format!("k=ed25519; p={}", BASE64.encode(pair.public_key().as_ref()))),
        }
    }

    /// The message with a signature on top.
    fn sign(&self, text: &str, tags: &str) -> String {
        let draft = |bh: &str, b: &str| {
            format!(
                "DKIM-Signature: v=1; a={}; d=example.org;\r\n\ts=s1; {tags}; bh={bh};\r\n b={b}\r\n{text}",
                self.algorithm()
            )
        };
        let drafted = Message::parse(draft("AAAA", "AAAA").as_bytes()).expect("a message");
        let parsed = signature(&drafted, 0);
        let (hash, _) = hash_body(drafted.body(), parsed.body_form, parsed.length);
        let bh = BASE64.encode(&hash);
        let drafted = Message::parse(draft(&bh, "AAAA").as_bytes()).expect("a message");
        let octets = signed_octets(&drafted, 0, &signature(&drafted, 0));
        let b = match self {
            Signer::Rsa(pair) => {
                let mut b = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &octets, &mut b).expect("signed");
                b
            }
            Signer::Ed25519(pair) => pair.sign(digest(&SHA256, &octets).as_ref()).as_ref().to_vec(),
        };
        draft(&bh, &BASE64.encode(&b))
    }
}

const TEXT: &str =
    "From: a@example.org\r\nSubject: x  y\r\n\tz\r\nX-A: 1\r\nX-A: 2\r\n\r\n one \t two \r\n\r\nthree\r\n\r\n";

#[test]
fn what_is_signed_here_verifies_in_every_form() {
    for signer in [Signer::rsa(KeySize::Rsa2048), Signer::ed25519()] {
        for form in ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", "relaxed"] {
            let signed = signer.sign(TEXT, &format!("c={form}; h=from:subject:x-a:x-a:x-a:to"));
            let (body, header) = verify(&signed, &signer.key());
            assert!(matches!(body, Body::Intact(_)), "{form}");
            assert_eq!(header, Ok(()), "{form}");
            // White space: what relaxed allows breaks simple.
            let (header_form, body_form) = form.split_once('/').unwrap_or((form, "simple"));
            let (body, header) =
                verify(&signed.replace("x  y", "x y").replace(" one \t two ", " one two"), &signer.key());
            assert_eq!(header.is_ok(), header_form == "relaxed", "{form}");
            assert_eq!(matches!(body, Body::Intact(_)), body_form == "relaxed", "{form}");
        }
    }
}

#[test]
fn repeated_fields_are_taken_from_the_bottom_and_absent_ones_stay_absent() {
    let signer = Signer::ed25519();
    let header = |text: &str| verify(text, &signer.key()).1;
    // RFC 6376 §5.4.2.
    let once = signer.sign(TEXT, "c=relaxed/relaxed; h=from:x-a");
    assert_eq!(header(&once.replace("X-A: 1", "X-A: 9")), Ok(()));
    assert_eq!(header(&once.replace("X-A: 2", "X-A: 9")), Err(VerifyError::Mismatch));
    let twice = signer.sign(TEXT, "c=relaxed/relaxed; h=from:X-A:x-a:to");
    assert_eq!(header(&twice.replace("X-A: 1", "X-A: 9")), Err(VerifyError::Mismatch));
    assert_eq!(header(&twice.replace("X-A: 1", "To: b\r\nX-A: 1")), Err(VerifyError::Mismatch));
    // A further signature above does not touch the one below, unless h names such fields.
    let message = Message::parse(format!("DKIM-Signature: x\r\n{once}").as_bytes()).expect("a message");
    assert_eq!(super::header(&message, 1, &signature(&message, 1), &signer.key()), Ok(()));
    let both = signer.sign(&format!("DKIM-Signature: x\r\n{TEXT}"), "c=relaxed/relaxed; h=from:dkim-signature");
    assert_eq!(header(&both), Ok(()));
    assert_eq!(header(&both.replace("Signature: x", "Signature: y")), Err(VerifyError::Mismatch));
}

#[test]
fn field_itself_is_signed_once_and_without_its_value() {
    // RFC 6376 §3.5 and §3.7.
    let own =
        "DKIM-Signature: v=1; a=rsa-sha256; d=b; s=s; h=from:dkim-signature:dkim-signature; bh=AA==;\r\n b= A\r\n A== ";
    let text = format!("dkim-signature: x\r\nFrom: a@b\r\n{own}\r\n\r\n");
    let message = Message::parse(text.as_bytes()).expect("a message");
    let signed = String::from_utf8(signed_octets(&message, 2, &signature(&message, 2))).expect("ASCII");
    let own = own.replace(" A\r\n A== ", "");
    assert_eq!(signed, format!("From: a@b\r\ndkim-signature: x\r\n{own}"));
}

#[test]
fn length_lets_text_be_appended_and_none_be_lost() {
    let signer = Signer::ed25519();
    let signed = signer.sign(TEXT, "c=relaxed/relaxed; h=from; l=6");
    assert_eq!(verify(&signed, &signer.key()), (Body::Intact(19), Ok(())));
    assert_eq!(verify(&format!("{signed}more\r\n"), &signer.key()), (Body::Intact(27), Ok(())));
    assert!(matches!(verify(&signed.replace(" one", " two"), &signer.key()).0, Body::Changed(_)));
    let whole = signer.sign(TEXT, "c=relaxed/relaxed; h=from; l=19");
    let cut = whole.replace("three\r\n", "");
    assert_eq!(verify(&cut, &signer.key()).0, Body::Short { present: 10, signed: 19 });
    let none = signer.sign(TEXT, "h=from; l=0");
    assert!(matches!(verify(&none.replace("one", "two"), &signer.key()), (Body::Intact(_), Ok(()))));
}

#[test]
fn changes_that_servers_make_are_recognised() {
    let signer = Signer::ed25519();
    let text = "From: a@example.org\r\n\r\none\r\ntwo\r\n";
    let signed = signer.sign(text, "h=from");
    let change = |text: &str| match verify(text, &signer.key()).0 {
        Body::Changed(change) => change,
        other => panic!("{other:?}"),
    };
    assert_eq!(change(&signed.replace("two", "two ")), Some(Change::WhiteSpace));
    assert_eq!(change(&format!("{signed}-- \r\nlist\r\nend")), Some(Change::Appended(3)));
    assert_eq!(change(&format!("{signed}\r\nend\r\n")), Some(Change::Appended(1)));
    assert_eq!(change(&signed.replace("one", "One")), None);
    assert_eq!(change(&signed.replace("one\r\ntwo\r\n", "")), None);
}

#[test]
fn quote_of_a_mailbox_file_is_no_change() {
    let signer = Signer::ed25519();
    let signed = signer.sign("From: a@example.org\r\n\r\nHi.\r\nFrom here on\r\n", "h=from");
    let quoted = signed.replace("From here", ">From here");
    assert!(matches!(verify(&format!("From x\r\n{quoted}"), &signer.key()).0, Body::Intact(_)));
    assert!(matches!(verify(&quoted, &signer.key()).0, Body::Changed(_)));
}

#[test]
fn keys_beyond_what_is_accepted_or_known_are_told_apart() {
    let signer = Signer::ed25519();
    let signed = signer.sign(TEXT, "h=from").replace("ed25519-sha256", "rsa-sha256");
    let of = |bits: usize, exponent: Vec<u8>| {
        Key::Rsa(RsaKey { bits, modulus: vec![0xff; bits.div_ceil(8)], exponent, is_bare: false })
    };
    let header = |key: &Key| verify(&signed, key).1;
    // RFC 8301 §3.2.
    assert_eq!(header(&of(1023, vec![3])), Err(VerifyError::Refused("an RSA key of 1023 bits".into())));
    assert_eq!(header(&of(1024, vec![3])), Err(VerifyError::Mismatch));
    assert_eq!(header(&of(8192, vec![1, 0, 1])), Err(VerifyError::Mismatch));
    assert_eq!(header(&of(8200, vec![3])), Err(VerifyError::Unsupported("an RSA key of 8200 bits".into())));
    let exponent = vec![2, 0, 0, 0, 1];
    assert_eq!(header(&of(2048, exponent)), Err(VerifyError::Unsupported("an RSA exponent of 34 bits".into())));
    // RFC 8301 §3.1.
    let sha1 = signed.replace("rsa-sha256", "rsa-sha1");
    assert_eq!(verify(&sha1, &of(2048, vec![3])).1, Err(VerifyError::Refused("rsa-sha1".into())));
}

/// Whether the first signature of a message is good.
fn is_good(message: &Message, key: &Key) -> bool {
    let Some((place, field)) =
        message.places("dkim-signature").first().and_then(|place| Some((*place, message.field(*place)?)))
    else {
        return false;
    };
    SignatureField::parse(field.value).signature.is_ok_and(|signature| {
        let is_intact = matches!(body(message, &signature), Body::Intact(_));
        let is_signed = header(message, place, &signature, key).is_ok();
        is_intact && is_signed && signature.signs_from() && signature.identity_fits()
    })
}

#[test]
#[ignore = "needs DKIM_CASES: a file that tests/interop/dkim_cases.py wrote"]
fn messages_of_a_file() {
    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        message: String,
        key: String,
        good: bool,
    }
    let path = std::env::var_os("DKIM_CASES").expect("DKIM_CASES is set");
    let text = std::fs::read_to_string(path).expect("the cases can be read");
    let cases: Vec<Case> = serde_json::from_str(&text).expect("the cases are JSON");
    let mut faults = Vec::new();
    for case in &cases {
        let octets = BASE64.decode(case.message.as_bytes()).expect("base64");
        let good = Message::parse(&octets).is_ok_and(|message| is_good(&message, &key(&case.key)));
        if good != case.good {
            faults.push(format!("{}: {good} instead of {}", case.name, case.good));
        }
    }
    assert!(!cases.is_empty() && faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), cases.len());
}
