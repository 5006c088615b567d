//! Bounces without a machine's part: the texts of mail programs, of which each names a recipient and then a reason.

use std::sync::LazyLock;

use regex::Regex;

use super::fields::{bare_mailbox, host_in};
use super::reply::Said;

/// What a text says of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) recipient: String,
    /// The words, frames and all, in lines.
    pub(super) words: String,
}

fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed and valid")
}

/// Words only a mail program begins a bounce with.
static SIGNS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)this message was created automatically by mail delivery software|hi\. this is the |this is the qmail|this is the mail system at host|i'm not going to try again|this is a permanent error; i've given up|----- ?the following addresses had|----- transcript of session follows|message could not be delivered to some recipients|could not deliver message to the following recipient|this is the mailer-daemon|the following recipient\(s\) (?:could not|cannot) be reached|generating server|generierender server|serveur de g|servidor de gen|delivery to the following recipients? (?:has )?failed|your message (?:could not|couldn't|wasn't|was not) be(?:en)? delivered|your message wasn't delivered|could not be delivered to|did not reach the following recipient|undeliverable|undelivered mail|delivery (?:has )?failed|delivery failure|mail delivery failed|returned mail|delivery status notification|address not found|failed recipient|unable to deliver|non remis|unzustellbar|nicht zugestellt|no se (?:ha )?p[ou]d[oi]|could not be (?:sent|delivered)|has been delayed|not yet been delivered",
    )
});
/// Where the copy of the original begins: nothing behind it is evidence.
static COPY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?im)^\s*(?:-{2,} ?below this line|-{3,}.{0,40}copy of (?:the|your) message|-{3,} ?(?:original|unsent|returned|begin) message|-{3,} ?unsent message follows|-- the header and top|message headers follow|original message headers|diagnostic information for administrators: *$^|-{3,} ?this is a copy|included is a copy|-{3,}\s*the original message|original headers?:|return-path: <|received: from ).*$",
    )
});
static DELAY: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)has been delayed|not yet been delivered|will keep trying|warning only|warning: (?:could not send|message .* delayed)|temporary failure report|still being retried|wird weiter versucht|nouvelle tentative|delivery delayed|will be retried|\(delay\)",
    )
});
/// Recipients of one text that are read.
const MAX_REASONS: usize = 1_000;

/// A line that names a recipient, and what may follow on it.
static RECIPIENT: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        fixed(
            r#"(?i)^\s*(?:the )?(?:failed |final |original )?(?:recipient|addressee|email|empfänger|destinataire|destinatario)(?: address)?\s*:\s*\[?(?:SMTP:)?[<"']?([^\s<>"'\[\];,]+@[^\s<>"'\[\];,]+?)[>"'\]]*\s*()$"#,
        ),
        fixed(r#"^\s*<?["']?([^\s<>"':;,()]+@[^\s<>"':;,()]+)["']?>?(?:<mailto:[^>]*>)?:?\s*()$"#),
        fixed(r"^\s*<?([^\s<>:;,()]+@[^\s<>:;,()]+)>?(?:<mailto:[^>]*>)?\s*:\s+(\S.*)$"),
        fixed(
            r"^\s*<?([^\s<>:;,()]+@[^\s<>:;,()]+)>?(?:<mailto:[^>]*>)?\s+(?:on (?:\d|[A-Z][a-z]{2},? )|\(expanded from|\(ultimately generated|\(reason:)()",
        ),
    ]
});
static GMAIL: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)(?:delivered to|delivering your message to|reach|address) <?([^\s<>]+@[^\s<>,]+[a-z0-9])>? ?(?:because|\.|,|\()",
    )
});

/// Whether a text is a bounce's.
pub(super) fn is_bounce(words: &str) -> bool {
    SIGNS.is_match(words)
}

/// Whether it only tells of a delay.
pub(super) fn is_delay(words: &str) -> bool {
    DELAY.is_match(words)
}

/// The part of a text before the copy of the original.
pub(super) fn before_copy(words: &str) -> &str {
    // A copy does not begin a text; the report's own words do.
    match COPY.find_iter(words).find(|found| found.start() > 0) {
        Some(copy) => &words[..copy.start()],
        None => words,
    }
}

/// The line of a text that says which server made it.
pub(super) fn generating_server(words: &str) -> Option<String> {
    static GENERATING: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            r"(?i)(?:generating server|generierender server|serveur de g[ée]n[ée]ration|servidor de generaci[óo]n|server di generazione|生成サーバー)\s*[:：]\s*(\S+)",
        )
    });
    static PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            r"(?i)(?:this is the \S+ program at|this is the mail system at host|mail system at|qmail-send at) ([a-z0-9_.-]+\.[a-z0-9]+)",
        )
    });
    let found = GENERATING.captures(words).or_else(|| PROGRAM.captures(words))?;
    host_in(&found[1])
}

/// When the message arrived where it got stuck, as Sendmail says it.
pub(super) fn arrival(words: &str) -> Option<String> {
    static RECEIVED: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?i)original message was received at ([^\n]{10,60})"));
    super::fields::date(&RECEIVED.captures(words)?[1])
}

/// What a text says of each recipient.
pub(super) fn reasons(words: &str) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    // Whether words of the last recipient are still awaited, and whether some have come.
    let (mut is_open, mut has_words) = (false, false);
    let mut talking_to: Option<&str> = None;
    let mut heard: Vec<&str> = Vec::new();
    for line in before_copy(words).lines() {
        if reasons.len() >= MAX_REASONS {
            break;
        }
        let text = line.trim();
        if text.is_empty() {
            is_open &= !has_words;
            continue;
        }
        if let Some(dialogue) = text.strip_prefix("<<< ") {
            if dialogue.as_bytes().get(3) != Some(&b'-') {
                heard = vec![text];
            }
            continue;
        }
        if text.starts_with(">>> ") {
            continue;
        }
        if let Some((_, host)) = split_ignoring_case(text, "while talking to ") {
            talking_to = Some(host);
            continue;
        }
        if let Some((recipient, rest)) = recipient(line) {
            let is_last = reasons.last().is_some_and(|last| last.recipient == recipient);
            is_open = true;
            if !is_last || reasons.last().is_some_and(|last| !last.words.is_empty()) {
                reasons.push(Reason { recipient, words: rest.to_owned() });
            } else if let Some(last) = reasons.last_mut() {
                last.words = rest.to_owned();
            }
            has_words = !rest.is_empty();
            continue;
        }
        if !is_open {
            continue;
        }
        if let Some(reason) = reasons.last_mut() {
            let text = strip_ignoring_case(text, "reason:").unwrap_or(text).trim();
            if !text.is_empty() && !is_rule(text) {
                has_words = true;
                if !reason.words.is_empty() {
                    reason.words.push('\n');
                }
                reason.words.push_str(text);
            }
        }
    }
    if reasons.is_empty()
        && let Some(found) = GMAIL.captures(words)
        && let Some(recipient) = bare_mailbox(&found[1])
    {
        reasons.push(Reason { recipient, words: String::new() });
    }
    let mut reasons = merged(reasons);
    let one = reasons.len() == 1;
    for reason in &mut reasons {
        let said = Said::read(&reason.words);
        if said.code.is_none() && one && !heard.is_empty() {
            reason.words = heard.join("\n");
        }
        if said.code.is_none() && one && reason.words.is_empty() {
            reason.words = before_copy(words).to_owned();
        }
        if let Some(host) = talking_to.filter(|_| said.host.is_none()).and_then(host_in) {
            let Said { code, enhanced, text, .. } = Said::read(&reason.words);
            if let Some(code) = code {
                let enhanced = enhanced.map(|code| format!("{code} ")).unwrap_or_default();
                reason.words = format!("while talking to {host}: <<< {code} {enhanced}{text}");
            }
        }
    }
    reasons
}

/// One reason a recipient: the first with a server's code, else the first with words.
fn merged(all: Vec<Reason>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for reason in all {
        match reasons.iter_mut().find(|known| known.recipient == reason.recipient) {
            Some(known) => {
                let better = known.words.is_empty()
                    || Said::read(&known.words).code.is_none() && Said::read(&reason.words).code.is_some();
                if better {
                    known.words = reason.words;
                }
            }
            None => reasons.push(reason),
        }
    }
    reasons
}

/// A line that only divides.
fn is_rule(text: &str) -> bool {
    text.bytes().all(|byte| b"-=_*#+ ".contains(&byte))
}

fn recipient(line: &str) -> Option<(String, &str)> {
    if line.len() > 2_000 {
        return None;
    }
    let found = RECIPIENT.iter().find_map(|form| form.captures(line))?;
    let rest = found.get(2).map_or("", |rest| rest.as_str());
    let mailbox = bare_mailbox(found.get(1)?.as_str())?;
    let (local, domain) = mailbox.rsplit_once('@')?;
    (!local.is_empty() && domain.contains(|byte: char| byte.is_alphanumeric())).then_some((mailbox, rest))
}

fn strip_ignoring_case<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.get(..start.len()).filter(|head| head.eq_ignore_ascii_case(start)).map(|_| &text[start.len()..])
}

fn split_ignoring_case<'a>(text: &'a str, middle: &str) -> Option<(&'a str, &'a str)> {
    let at = text.to_ascii_lowercase().find(middle)?;
    Some((&text[..at], &text[at + middle.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(words: &str) -> (String, Said) {
        let reasons = reasons(words);
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        (reasons[0].recipient.clone(), Said::read(&reasons[0].words))
    }

    #[test]
    fn programs_name_recipients_and_reasons_in_many_ways() {
        let all = [
            // Exim.
            "A message that you sent could not be delivered:\n\n  a@example.net\n    host mx.example.net [192.0.2.25]\n    SMTP error from remote mail server after RCPT TO:<a@example.net>:\n    550 5.1.1 User unknown\n\n------ This is a copy of the message, including all the headers. ------\n  b@example.net\n",
            // qmail.
            "Hi. This is the qmail-send program at mail.example.com.\n\n<a@example.net>:\n192.0.2.25 does not like recipient.\nRemote host said: 550 5.1.1 User unknown\nGiving up on 192.0.2.25.\n\n--- Below this line is a copy of the message.\n\nFrom: b@example.com\n",
            // Sendmail.
            "   ----- The following addresses had permanent fatal errors -----\n<a@example.net>\n    (reason: 550 5.1.1 User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.example.net.:\n>>> RCPT To:<a@example.net>\n<<< 550 5.1.1 User unknown\n550 5.1.1 <a@example.net>... User unknown\n",
            // MailEnable.
            "MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n    Recipient: [SMTP:a@example.net]\n    Reason: Remote SMTP Server Returned: 550 5.1.1 User unknown\n\nMessage headers follow:\n",
            // SmarterMail.
            "Could not deliver message to the following recipient(s):\n\nFailed Recipient: a@example.net\nReason: Remote host said: 550 5.1.1 User unknown\n\n   -- The header and top 20 lines of the message follows --\n",
            // Postfix.
            "This is the mail system at host mail.example.com.\n\n<a@example.net>: host mx.example.net[192.0.2.25] said: 550 5.1.1 User\n    unknown (in reply to RCPT TO command)\n",
        ];
        for words in all {
            let (recipient, said) = one(words);
            assert_eq!(recipient, "a@example.net", "{words}");
            assert_eq!((said.code, said.text.as_str()), (Some(550), "User unknown"), "{words}");
        }
    }

    #[test]
    fn every_recipient_has_a_reason_of_its_own() {
        let words =
            "  a@example.net\n    Unrouteable address\n  b@example.net\n    host h.example [192.0.2.1]: 552 full\n";
        let reasons = reasons(words);
        let of: Vec<(&str, &str)> = reasons.iter().map(|one| (one.recipient.as_str(), one.words.as_str())).collect();
        assert_eq!(
            of,
            [("a@example.net", "Unrouteable address"), ("b@example.net", "host h.example [192.0.2.1]: 552 full")]
        );
    }
}
