//! The system's resolvers.

use std::net::SocketAddr;

/// The resolvers of the system's configuration, in its order, without duplicates.
///
/// # Errors
/// A sentence if the configuration cannot be read or names none.
pub fn resolvers() -> Result<Vec<SocketAddr>, String> {
    let mut found: Vec<SocketAddr> = Vec::new();
    for server in configured()? {
        if !found.contains(&server) {
            found.push(server);
        }
    }
    if found.is_empty() {
        return Err("the system names no resolver; name one with --resolver".to_owned());
    }
    Ok(found)
}

/// What `/etc/resolv.conf` names. Search domains and options complete names and are for other programs: whatever
/// stands there, the resolvers are those that the system's own library asks.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn configured() -> Result<Vec<SocketAddr>, String> {
    use std::io::Read as _;

    let unreadable = |error: std::io::Error| format!("{RESOLV_CONF} cannot be read: {error}; name one with --resolver");
    let mut text = Vec::new();
    let file = std::fs::File::open(RESOLV_CONF).map_err(unreadable)?;
    file.take(MAX_OCTETS).read_to_end(&mut text).map_err(unreadable)?;
    Ok(name_servers(&String::from_utf8_lossy(&text)))
}

/// Where Unix keeps its resolvers.
#[cfg(all(unix, not(target_vendor = "apple")))]
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Octets of it that are read at most.
#[cfg(all(unix, not(target_vendor = "apple")))]
const MAX_OCTETS: u64 = 1 << 20;

/// What a system without `/etc/resolv.conf`, or with another source beside it, is set to.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn configured() -> Result<Vec<SocketAddr>, String> {
    let (config, _) = hickory_resolver::system_conf::read_system_conf()
        .map_err(|error| format!("the system's resolvers cannot be read: {error}; name one with --resolver"))?;
    let servers = config.name_servers().iter().map(|server| {
        let port = server.connections.first().map_or(53, |connection| connection.port);
        SocketAddr::new(server.ip, port)
    });
    Ok(servers.collect())
}

/// The `nameserver` lines of a resolv.conf(5). An address that is none is passed over, as the C library does.
#[cfg(any(test, all(unix, not(target_vendor = "apple"))))]
fn name_servers(text: &str) -> Vec<SocketAddr> {
    let address = |line: &str| {
        let rest = line.trim_start().strip_prefix("nameserver")?;
        let rest = rest.strip_prefix([' ', '\t'])?;
        let word = rest.split([';', '#']).next()?.split_ascii_whitespace().next()?;
        super::upstream::socket_address(word, 53)
    };
    text.lines().filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_read_whatever_else_stands_there() {
        let text = "# by dhclient\nsearch space\\032space.com a_b.-c. --\ndomain .\n\
                    options edns0 use-vc no-such-option:99\nnameserver 192.0.2.53\n  nameserver\t2001:db8::53 # second\n\
                    nameserver not-an-address\nnameservers 192.0.2.54\n;nameserver 192.0.2.55\nsortlist 1/2/3\n\u{fffd}";
        let servers = ["192.0.2.53:53", "[2001:db8::53]:53"].map(|server| server.parse().expect("an address"));
        assert_eq!(name_servers(text), servers);
    }

    #[test]
    fn link_local_name_server_is_asked_on_its_interface() {
        let SocketAddr::V6(server) = name_servers("nameserver fe80::1%7\n")[0] else { panic!("an IPv6 address") };
        assert_eq!((server.scope_id(), server.port()), (7, 53));
        assert!(name_servers("nameserver fe80::1%no-such-interface\n").is_empty());
    }
}
