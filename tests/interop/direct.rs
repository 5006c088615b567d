//! `--direct`: the lists' own name servers instead of the resolver.

use crate::support::run::ask;
use crate::support::servers::{Unbound, rbldnsd};
use crate::support::{ip4_list, rbl_head};

#[test]
#[ignore = "needs rbldnsd and unbound"]
fn own_servers_of_a_list_are_found_and_asked() {
    // What the resolver sees refuses; what the list's own server answers does not.
    let refusing = format!("{}:127.255.255.254:Open resolver\n0/0\n", rbl_head("own.test"));
    let seen = rbldnsd(&[("own.test", "ip4trie", &refusing)]);
    let own = rbldnsd(&[("own.test", "ip4set", &ip4_list("own.test"))]);
    let resolver = Unbound::new().stub("own.test", &seen).start();
    let through = ask("192.0.2.7", &resolver.as_resolver(), &["own.test"], &[]);
    assert_eq!(through.outcome("own.test"), "refused");
    let elsewhere = format!("ns.own.test:53:{}", own.address);
    let direct = ask("192.0.2.7", &resolver.as_resolver(), &["own.test"], &["--direct", "--connect-to", &elsewhere]);
    let row = direct.row("own.test");
    assert_eq!(row["outcome"], "listed", "{}", direct.json);
    assert_eq!(row["server"], own.address.to_string());
}
