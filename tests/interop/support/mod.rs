//! Servers as child processes, zones, keys and certificates, and the program's own runs.

pub mod exim;
pub mod keys;
pub mod postfix;
pub mod run;
pub mod servers;
pub mod silence;
pub mod web;

/// A zone's head for nsd and ldns-signzone: `$ORIGIN`, SOA and NS with an address.
pub fn zone_head(zone: &str) -> String {
    format!(
        "$ORIGIN {zone}.\n$TTL 300\n\
         @ IN SOA ns.{zone}. hostmaster.{zone}. 1 600 300 86400 300\n\
         @ IN NS ns.{zone}.\n\
         ns IN A 127.0.0.1\n"
    )
}

/// The same for rbldnsd's files.
pub fn rbl_head(zone: &str) -> String {
    format!("$SOA 300 ns.{zone}. hostmaster.{zone}. 1 600 300 86400 300\n$NS 300 ns.{zone}.\n")
}

/// RFC 5782 test entries and one listing, 192.0.2.7, in rbldnsd's form for IPv4.
pub fn ip4_list(zone: &str) -> String {
    format!("{}:127.0.0.2:Listed by {zone}: $\n127.0.0.2\n192.0.2.7\n", rbl_head(zone))
}

/// The same list for nsd.
pub fn ip4_list_for_nsd(zone: &str) -> String {
    let entry = |name: &str| format!("{name} IN A 127.0.0.2\n{name} IN TXT \"Listed by {zone}\"\n");
    format!("{}{}{}", zone_head(zone), entry("2.0.0.127"), entry("7.2.0.192"))
}

/// The key of an RSA pair of 2048 bits, as a DKIM record holds it.
pub const DKIM_KEY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2WJNKBhuf3cd7shIWWS3tt+g1/7YSiSCsAgEzNYM3JIvImfYLQfE6lX+\
    Qu1WQUn/H7S7tV7S/nFseaVvwDfHKKxGrgsN+YwGyuew7ZvyeF110O2nClb3DWg8IPoSVafMEsoF9dSEkreJnKX8ZBkP8UvA7lff\
    Y4sOD8n2w8MCtKxld6AoFGf6x+AcVJVomsksIP+1f/LF8FAE5NUVLsmD9Fg22EIPFWOZxB+sxcCD30fqesZbQKLGzP3/53DQ1iKd\
    JJcYE9XB9xHwgKAe8PGJiFSxcFpPP3Fcpo/KVPVyBGvMDyi5gIXmlMYMwHidTd92dAQjcTopS988Yzynt93+4wIDAQAB";

/// The strings of a TXT record, none longer than 255 octets (RFC 1035 §3.3.14).
pub fn strings(text: &str) -> String {
    let parts: Vec<String> = text.as_bytes().chunks(200).map(|part| format!("\"{}\"", part.escape_ascii())).collect();
    parts.join(" ")
}

/// A domain for nsd that receives and sends, with a record of every kind. Nothing is wrong with it.
pub fn mail_zone(zone: &str) -> String {
    let key = strings(&format!("v=DKIM1; k=rsa; p={DKIM_KEY}"));
    format!(
        "{}@ IN MX 10 mx1\n@ IN MX 20 mx2\n\
         mx1 IN A 11.22.33.44\nmx1 IN AAAA 2a00:1450:1::44\nmx2 IN A 44.55.66.77\nmx2 IN AAAA 2a01:4f8:1::77\n\
         @ IN TXT \"v=spf1 ip4:11.22.33.44 -all\"\n\
         s1._domainkey IN TXT {key}\n\
         _dmarc IN TXT \"v=DMARC1; p=reject; rua=mailto:reports@{zone}\"\n\
         _mta-sts IN TXT \"v=STSv1; id=20260101\"\n\
         _smtp._tls IN TXT \"v=TLSRPTv1; rua=mailto:tls@{zone}\"\n",
        zone_head(zone)
    )
}

/// The reverse zone of the first mail exchanger of [`mail_zone`].
pub fn reverse_zone(zone: &str) -> String {
    format!("{}44 IN PTR mx1.{zone}.\n", zone_head(REVERSE))
}

/// The zone of [`reverse_zone`].
pub const REVERSE: &str = "33.22.11.in-addr.arpa";
/// Waits a moment for another process; nothing else goes on in a test's thread.
#[allow(clippy::disallowed_methods, reason = "there is no runtime here whose only thread would stand still")]
pub fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(20));
}
