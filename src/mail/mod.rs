//! The formats of mail and of its records: pure parsers that know nothing of the network.

pub mod dkim_key;
pub mod dmarc_record;
pub mod mta_sts;
pub mod report_uri;
pub mod tag_list;
pub mod tls_rpt;
