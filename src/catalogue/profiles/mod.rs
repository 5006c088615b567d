//! Policies of receiving servers, as data: a file a server.

/// The profiles by name, in the order in which they are listed.
pub const PROFILES: &[(&str, &str)] = &[
    ("mailtraq", include_str!("mailtraq.toml")),
    ("mailenable", include_str!("mailenable.toml")),
    ("smartermail", include_str!("smartermail.toml")),
    ("postfix-strict", include_str!("postfix-strict.toml")),
    ("postscreen", include_str!("postscreen.toml")),
    ("postgrey", include_str!("postgrey.toml")),
    ("policyd-spf", include_str!("policyd-spf.toml")),
    ("rspamd", include_str!("rspamd.toml")),
    ("rspamd-4.1", include_str!("rspamd-4.1.toml")),
    ("spamassassin", include_str!("spamassassin.toml")),
    ("exim-debian", include_str!("exim-debian.toml")),
    ("exim-debian-checks", include_str!("exim-debian-checks.toml")),
    ("mailu", include_str!("mailu.toml")),
    ("gmail", include_str!("gmail.toml")),
    ("gmail-bulk", include_str!("gmail-bulk.toml")),
    ("microsoft", include_str!("microsoft.toml")),
    ("microsoft-bulk", include_str!("microsoft-bulk.toml")),
    ("exchange-online", include_str!("exchange-online.toml")),
    ("yahoo", include_str!("yahoo.toml")),
    ("yahoo-bulk", include_str!("yahoo-bulk.toml")),
    ("apple", include_str!("apple.toml")),
];
