//! The formats of mail and of the records about it: pure parsers. They know DNS through traits only.

pub mod dkim_key;
pub mod dmarc_record;
pub mod greylisting;
pub mod mta_sts;
pub mod refusal;
pub mod report_uri;
pub mod spf;
pub mod tag_list;
pub mod tls_rpt;
