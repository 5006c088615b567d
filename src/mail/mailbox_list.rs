//! The domains of the mailboxes in a From field (RFC 5322 §3.4), which is all of it that authentication looks at.

use crate::names::domain::Domain;

/// A field longer than this is not read to its end.
const MAX_LIST: usize = 65_536;

/// The domain of each mailbox, in order; none for a mailbox without a domain name.
pub fn domains(value: &[u8]) -> Vec<Option<Domain>> {
    let text = String::from_utf8_lossy(&value[..value.len().min(MAX_LIST)]).into_owned();
    let mut found = Vec::new();
    // A display name is dropped as soon as an angle bracket shows that it was one.
    let mut address = String::new();
    let mut is_complete = false;
    let mut in_angle = false;
    let mut depth = 0_usize;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if depth > 0 => {
                characters.next();
            }
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '"' => {
                skip_quoted(&mut characters);
                // Any local part will do.
                push(&mut address, 'q', is_complete);
            }
            '<' => {
                address.clear();
                (in_angle, is_complete) = (true, false);
            }
            '>' => (in_angle, is_complete) = (false, true),
            // The name of a group ends here, and so does a route (RFC 5322 §4.4).
            ':' => address.clear(),
            ',' | ';' if !in_angle => {
                found.extend(read(&address));
                address.clear();
                is_complete = false;
            }
            _ => push(&mut address, character, is_complete),
        }
    }
    found.extend(read(&address));
    found
}

fn push(address: &mut String, character: char, is_complete: bool) {
    if !is_complete && !character.is_whitespace() {
        address.push(character);
    }
}

fn skip_quoted(characters: &mut std::str::Chars<'_>) {
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '"' => return,
            _ => {}
        }
    }
}

/// The domain of an address; nothing if there is no address.
fn read(address: &str) -> Option<Option<Domain>> {
    if address.is_empty() {
        return None;
    }
    let domain = address.rsplit_once('@').filter(|(local_part, _)| !local_part.is_empty());
    Some(domain.and_then(|(_, domain)| domain.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Option<String>> {
        domains(text.as_bytes()).into_iter().map(|domain| domain.map(|domain| domain.to_string())).collect()
    }

    fn of(names: &[&str]) -> Vec<Option<String>> {
        names.iter().map(|name| Some((*name).to_owned())).collect()
    }

    #[test]
    fn domains_of_mailboxes_are_found() {
        // RFC 5322 appendix A.
        assert_eq!(read(" John Doe <jdoe@Machine.Example>\r\n"), of(&["machine.example"]));
        assert_eq!(read(" \"Joe Q. Public\" <john.q.public@example.com>"), of(&["example.com"]));
        assert_eq!(read("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>"), of(&["silly.test"]));
        assert_eq!(read("a@one.example, \"x@y, z\" <b@two.example>"), of(&["one.example", "two.example"]));
        assert_eq!(read("A Group:Ed <ed@one.example>,joe@two.example;"), of(&["one.example", "two.example"]));
        assert_eq!(read("<@relay.example,@b.example:c@d.example>"), of(&["d.example"]));
        assert_eq!(read("\"a@b\"@c.example"), of(&["c.example"]));
        assert_eq!(read("Joe <a@b.example> (at home)"), of(&["b.example"]));
    }

    #[test]
    fn mailbox_without_a_domain_name_is_seen_as_one() {
        assert_eq!(read(""), of(&[]));
        assert_eq!(read("joe"), [None]);
        assert_eq!(read("joe@[192.0.2.1]"), [None]);
        assert_eq!(read("@example.org"), [None]);
        assert_eq!(read("Undisclosed:;"), of(&[]));
        assert_eq!(read("\"open"), [None]);
    }
}
