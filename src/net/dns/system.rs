//! The system's resolvers.

use std::net::SocketAddr;

/// The resolvers of the system's configuration, in its order, without duplicates.
///
/// # Errors
/// A sentence if the configuration cannot be read or names none.
pub fn resolvers() -> Result<Vec<SocketAddr>, String> {
    let (config, _) = hickory_resolver::system_conf::read_system_conf()
        .map_err(|error| format!("the system's resolvers cannot be read: {error}; name one with --resolver"))?;
    let mut found: Vec<SocketAddr> = Vec::new();
    for server in config.name_servers() {
        let port = server.connections.first().map_or(53, |connection| connection.port);
        let address = SocketAddr::new(server.ip, port);
        if !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() {
        return Err("the system names no resolver; name one with --resolver".to_owned());
    }
    Ok(found)
}
