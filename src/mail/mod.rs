//! The formats of mail and of the records about it: pure parsers. They know DNS through traits only.

pub mod bimi;
pub mod bounce;
pub mod canonical;
pub mod dkim_key;
pub mod dkim_signature;
pub mod dkim_verify;
pub mod dmarc_record;
mod field_list;
pub mod greylisting;
pub mod local_part;
pub mod logs;
pub mod mailbox_list;
pub mod message;
pub mod mta_sts;
pub mod report_uri;
pub mod spf;
pub mod svg;
pub mod tag_list;
pub mod tls_rpt;
pub mod tlsa;
