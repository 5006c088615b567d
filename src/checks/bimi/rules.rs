//! What a domain's BIMI can mean for the administrator.

use crate::report::{Cite, Remedy, Rule, Severity};

const fn bimi(section: &'static str) -> Cite {
    Cite::draft("draft-brand-indicators-for-message-identification-10", section)
}

const fn svg(section: &'static str) -> Cite {
    Cite::draft("draft-svg-tiny-ps-abrotman-12", section)
}

const fn mark(section: &'static str) -> Cite {
    Cite::draft("draft-fetch-validation-vmc-wchuang-09", section)
}

const fn guidance(section: &'static str) -> Cite {
    Cite::draft("draft-brotman-ietf-bimi-guidance-15", section)
}

const RECORD: Cite = bimi("4.3");

rules! {
    beside [];
    /// More than one record. BIMI §7.2.
    SEVERAL { "bimi-several", "Several BIMI records", Error, [bimi("7.2")],
        "Unless exactly one record is left, receivers show no logo.",
        "Keep one record and remove the others." }
    /// A record that cannot be read. BIMI §4.3.
    BAD_RECORD { "bimi-record", "The BIMI record is not valid", Error, [RECORD],
        "Receivers must not mend a record, not even its case: one that is not valid shows no logo.",
        "Publish v=BIMI1; l=https://HOST/LOGO.svg; a=https://HOST/CERTIFICATE.pem; with a= empty if there is no certificate." }
    /// A location that is no address. BIMI §4.3.
    LOCATION { "bimi-location", "A location in the BIMI record is not an HTTPS address", Error, [RECORD, bimi("7.3")],
        "Receivers fetch logo and certificate over HTTPS from a server with a domain name, and from nowhere else.",
        "Let l= and a= hold one https:// address each, with a domain name and commas encoded as %2C." }
    /// An image of another format. BIMI §4.3.2.
    FORMAT { "bimi-format", "The logo is not an SVG file", Error, [bimi("4.3.2")],
        "Only SVG and SVGZ are taken; any other image is a permanent error.",
        "Convert the logo to SVG Tiny Portable/Secure and name that file in l=." }
    /// An optional tag with a value that is none. BIMI §4.3.
    VALUE { "bimi-value", "A tag of the BIMI record has a value that it cannot have", Warning, [RECORD],
        "Receivers ignore the tag, and some take the whole record for faulty.",
        "Let avp be brand or personal and lps be true or false, in lower case, or remove the tag." }
    /// A tag nobody knows. BIMI §4.3.
    UNKNOWN_TAG { "bimi-unknown-tag", "A tag that BIMI does not know", Note, [RECORD],
        "Receivers ignore it.",
        "Correct its name or remove it." }
    /// DMARC that asks for too little. BIMI §7.1.
    DMARC { "bimi-dmarc", "DMARC does not ask for what BIMI demands", Warning, [bimi("2"), bimi("7.1")],
        "Receivers look for a logo only where forgeries are refused: p=reject, or p=quarantine for all mail, without \
         sp=none, for the domain and for its organizational domain.",
        "Raise the policy to quarantine or reject once the aggregate reports show that your own mail passes." }
    /// No evidence document. BIMI §4.3.
    NO_EVIDENCE { "bimi-no-evidence", "The BIMI record names no mark certificate", Note, [RECORD, bimi("7.4")],
        "The record is valid without one, but some mailbox providers show only logos that a certificate (VMC or CMC) \
         vouches for.",
        "If the logo should show there, obtain a mark certificate and name its address in a=." }
    /// A document that the server does not serve. BIMI §7.5, VMC §3.2.
    FETCH { "bimi-fetch", "The web server does not serve what the BIMI record names", Error, [bimi("7.5"), mark("3.2")],
        "Receivers that cannot fetch the logo or its certificate, or do not trust the web server, show nothing.",
        "Serve the file to everybody over HTTPS, with a valid certificate and no challenge in front of it." }
    /// A redirect. Guidance §5.6.
    REDIRECT { "bimi-redirect", "The address in the BIMI record redirects", Warning, [guidance("5.6")],
        "Some receivers follow no redirect, or few, and show no logo then.",
        "Name the final address in the record." }
    /// No SVG document at all. BIMI §7.6.
    SVG { "bimi-svg", "The logo is not a valid SVG document", Error, [bimi("7.6")],
        "Receivers show no logo that they cannot read.",
        "Export the logo as SVG Tiny 1.2 again and serve that file." }
    /// What the profile demands. SVG Tiny PS §2.1, §2.3.
    PROFILE { "bimi-svg-profile", "The logo does not declare SVG Tiny Portable/Secure", Error, [bimi("7.6"), svg("2.1"), svg("2.3")],
        "Receivers validate the logo against this profile and show none that does not keep it.",
        "Let the outermost element have version=\"1.2\" and baseProfile=\"tiny-ps\", no x or y, and one title with words in it." }
    /// What the profile forbids. SVG Tiny PS §2.3, RFC 6170 §5.2.
    FORBIDDEN { "bimi-svg-forbidden", "The logo holds what its profile forbids", Error, [svg("2.3"), Cite::rfc(6170, "5.2")],
        "Scripts, motion, raster images, style sheets and references to other documents are refused, since a logo is \
         shown without the reader's consent.",
        "Remove these parts; convert raster images to paths, and style sheets to attributes." }
    /// A document that is too long. SVG Tiny PS §2.4.
    SIZE { "bimi-svg-size", "The logo is larger than 32 kilobytes", Warning, [svg("2.4"), bimi("7.6")],
        "Receivers may refuse a logo above the recommended size.",
        "Simplify the paths and remove what the editor left behind until the file has at most 32,768 octets." }
    /// A shape that is cut. Guidance §6.1.
    SHAPE { "bimi-svg-shape", "The logo is not square", Note, [guidance("6.1")],
        "Receivers show logos in a square or a circle, so that another shape is cut or small.",
        "Center the logo in a square viewBox." }
    /// No PEM. VMC §3.3.
    PEM { "bimi-evidence-format", "The mark certificate is not a PEM file", Error, [mark("3.3")],
        "Receivers that ask for a certificate show no logo.",
        "Serve the file that the authority delivered, certificates in PEM." }
    /// A chain that does not lead up. VMC §3.3, §5.1.
    CHAIN { "bimi-evidence-chain", "The chain of the mark certificate is broken", Error, [mark("3.3"), mark("5.1")],
        "Receivers verify the certificate up to an authority that they trust, and need the issuers on the way in the file.",
        "Append the issuers' certificates that the authority delivered." }
    /// An order that some reject. VMC §3.3.
    ORDER { "bimi-evidence-order", "The certificates are not in the order of issuance", Warning, [mark("3.3")],
        "Receivers may reject a file with another order, with a certificate twice, or with several mark certificates.",
        "Put the mark certificate first, then its issuer, then that one's issuer, each once." }
    /// A certificate out of its time. VMC §4.5, §5.1.
    TIME { "bimi-evidence-time", "The mark certificate is not valid today", Error, [mark("4.5"), mark("5.1")],
        "Receivers that ask for a certificate show no logo with one that is out of its time.",
        "Renew the certificate and replace the file." }
    /// What makes it a mark certificate. VMC §4.
    MARK { "bimi-evidence-profile", "The certificate is not a mark certificate", Error, [mark("4.1"), mark("4.4"), mark("5.1")],
        "A certificate for a web server proves nothing about a logo: a mark certificate carries the logo and says that it \
         is for brand indicators.",
        "Serve the VMC or CMC that a mark verifying authority issued." }
    /// A certificate for others. VMC §5.2.
    DOMAIN { "bimi-evidence-domain", "The mark certificate is for another domain", Error, [mark("5.2")],
        "Receivers compare the names in the certificate with the domain, with the selector in front or not.",
        "Have the certificate issued for this domain, or name the right one in a=." }
}
