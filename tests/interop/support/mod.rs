//! Servers as child processes, zones, keys and certificates, and the program's own runs.

pub mod keys;
pub mod postfix;
pub mod run;
pub mod servers;

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
