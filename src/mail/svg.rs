//! Indicators of BIMI: the profile SVG Tiny Portable/Secure (draft-svg-tiny-ps-abrotman-12).
//!
//! Nothing is fetched and nothing is expanded: a document type declaration is never read, so there are no entities
//! but the five of XML.

use std::collections::BTreeSet;

use roxmltree::{Document, Node, NodeType, ParsingOptions};

/// The octets that an indicator should not exceed. draft-svg-tiny-ps-abrotman-12 §2.4.
pub const ADVISED: usize = 32 << 10;
/// Octets of an indicator that are read.
pub const MAX_INDICATOR: usize = 64 << 10;

/// An indicator, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Indicator {
    /// Its title.
    pub title: Option<String>,
    /// Its width and height in units of its own.
    pub shape: Option<(f64, f64)>,
    /// What is wrong with it, in the order of the document, up to [`MAX_FAULTS`].
    pub faults: Vec<Fault>,
}

/// Something that is wrong with an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub kind: FaultKind,
    /// Where and what, in words.
    pub detail: String,
}

/// What can be wrong with an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It is no SVG document.
    Malformed,
    /// It lacks what the profile demands, or holds it with another value.
    Profile,
    /// It holds what the profile forbids.
    Forbidden,
}

/// Why an indicator cannot be judged here, whatever it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is compressed.
    #[error("it is compressed (SVGZ), which this program does not unpack")]
    Compressed,
    /// It is written in another encoding.
    #[error("it is not written in UTF-8, the only encoding that this program reads")]
    Encoding,
    /// It is too long.
    #[error("it has more than {MAX_INDICATOR} octets")]
    TooLong,
    /// It declares too many namespaces.
    #[error("it declares more than {MAX_NAMESPACES} namespaces")]
    Namespaces,
}

/// Faults that are kept at most.
pub const MAX_FAULTS: usize = 16;
/// Declarations of namespaces in a document that is read: what they cost grows with the cube of their number.
const MAX_NAMESPACES: usize = 64;

const SVG: &str = "http://www.w3.org/2000/svg";

/// The elements that a document may have: those of SVG Tiny 1.2 but for what the profile leaves out (§2.3).
const ELEMENTS: &[&str] = &[
    "circle",
    "defs",
    "desc",
    "ellipse",
    "font",
    "font-face",
    "font-face-src",
    "g",
    "glyph",
    "hkern",
    "line",
    "linearGradient",
    "metadata",
    "missing-glyph",
    "path",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "solidColor",
    "stop",
    "svg",
    "tbreak",
    "text",
    "textArea",
    "title",
    "tspan",
    "use",
];

/// Attributes that have one right value if they are there at all (§2.3).
const FIXED: &[(&str, &str)] = &[
    ("zoomAndPan", "disable"),
    ("externalResourcesRequired", "false"),
    ("focusable", "false"),
    ("snapshotTime", "none"),
    ("playbackOrder", "all"),
    ("timelineBegin", "onLoad"),
];

impl Indicator {
    /// Reads a document.
    ///
    /// # Errors
    /// [`Unreadable`] if it may be right and cannot be read here.
    pub fn read(octets: &[u8]) -> Result<Indicator, Unreadable> {
        if octets.starts_with(&[0x1f, 0x8b]) {
            return Err(Unreadable::Compressed);
        }
        if octets.len() > MAX_INDICATOR {
            return Err(Unreadable::TooLong);
        }
        let text = match std::str::from_utf8(octets) {
            Ok(text) => text,
            Err(_) if names_an_encoding(octets) => return Err(Unreadable::Encoding),
            Err(_) => return Ok(Indicator::malformed("it is neither text in UTF-8 nor says what else it is")),
        };
        if text.matches("xmlns").nth(MAX_NAMESPACES).is_some() {
            return Err(Unreadable::Namespaces);
        }
        let mut indicator = Indicator::default();
        let blanked = match without_doctype(text) {
            Doctype::None => None,
            Doctype::Plain(blanked) => Some(blanked),
            Doctype::Declares => {
                indicator.fault(FaultKind::Forbidden, "its document type declaration declares entities or more");
                return Ok(indicator);
            }
        };
        let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
        match Document::parse_with_options(blanked.as_deref().unwrap_or(text), options) {
            Ok(document) => indicator.judge(&document),
            Err(error) => indicator.fault(FaultKind::Malformed, error.to_string()),
        }
        Ok(indicator)
    }

    fn malformed(why: &str) -> Indicator {
        let mut indicator = Indicator::default();
        indicator.fault(FaultKind::Malformed, why);
        indicator
    }

    fn fault(&mut self, kind: FaultKind, detail: impl Into<String>) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { kind, detail: detail.into() });
        }
    }

    fn judge(&mut self, document: &Document<'_>) {
        let root = document.root_element();
        if !root.has_tag_name((SVG, "svg")) {
            let words = format!("its root is <{}>, not <svg> in the namespace {SVG}", short(root.tag_name().name()));
            return self.fault(FaultKind::Malformed, words);
        }
        self.root(root);
        self.title(root);
        let mut told = BTreeSet::new();
        for node in document.descendants() {
            match node.node_type() {
                NodeType::PI if node.pi().is_some_and(|pi| pi.target == "xml-stylesheet") => {
                    self.fault(FaultKind::Forbidden, format!("{}: a style sheet", place(node)));
                }
                NodeType::Element if node.tag_name().namespace() == Some(SVG) => self.element(node, &mut told),
                _ => {}
            }
        }
    }

    /// What the outermost element must say (§2.1).
    fn root(&mut self, root: Node<'_, '_>) {
        for (name, wanted) in [("version", "1.2"), ("baseProfile", "tiny-ps")] {
            match root.attribute(name) {
                Some(value) if value == wanted => {}
                Some(value) => {
                    self.fault(FaultKind::Profile, format!("{name} is \"{}\", not \"{wanted}\"", short(value)));
                }
                None => self.fault(FaultKind::Profile, format!("<svg> has no {name}=\"{wanted}\"")),
            }
        }
        for name in ["x", "y"].into_iter().filter(|name| root.attribute(*name).is_some()) {
            self.fault(FaultKind::Profile, format!("<svg> has the attribute {name}"));
        }
        let length = |name: &str| number(root.attribute(name)?.trim_end_matches("px"));
        self.shape =
            root.attribute("viewBox").and_then(view_box).or_else(|| Some((length("width")?, length("height")?)));
    }

    /// One title with words in it (§2.1).
    fn title(&mut self, root: Node<'_, '_>) {
        let mut titles = root.children().filter(|child| child.has_tag_name((SVG, "title")));
        match (titles.next(), titles.next()) {
            (None, _) => self.fault(FaultKind::Profile, "<svg> has no <title>"),
            (Some(title), second) => {
                let words: String =
                    title.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect();
                if words.trim().is_empty() {
                    self.fault(FaultKind::Profile, "the title is empty");
                } else {
                    self.title = Some(short(words.trim()));
                }
                if second.is_some() {
                    self.fault(FaultKind::Profile, "<svg> has several titles");
                }
            }
        }
    }

    /// What no element may be and have (§2.3, RFC 6170 §5.2). The same fault is told once.
    fn element(&mut self, node: Node<'_, '_>, told: &mut BTreeSet<String>) {
        let name = node.tag_name().name();
        if !ELEMENTS.contains(&name) && told.insert(name.to_owned()) {
            self.fault(FaultKind::Forbidden, format!("{}: <{}>, {}", place(node), short(name), kind(name)));
        }
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            let own = attribute.namespace().is_none();
            let fixed = FIXED.iter().find(|(fixed, wanted)| own && *fixed == name && *wanted != value);
            if let Some((_, wanted)) = fixed {
                let words = format!("{}: {name} is \"{}\", not \"{wanted}\"", place(node), short(value));
                self.fault(FaultKind::Profile, words);
            }
            let words = if own && name.starts_with("on") {
                "is a script"
            } else if own && name == "style" {
                "is a style sheet, which SVG Tiny does not have"
            } else if name == "href" && !value.trim_start().starts_with('#') || leads_out(value) {
                "leads out of the document"
            } else {
                continue;
            };
            if told.insert(format!("@{name} {words}")) {
                self.fault(FaultKind::Forbidden, format!("{}: the attribute {} {words}", place(node), short(name)));
            }
        }
    }
}

/// What an element is that may not be there.
fn kind(name: &str) -> &'static str {
    match name {
        "script" | "handler" | "listener" => "a script",
        "animate" | "animateColor" | "animateMotion" | "animateTransform" | "set" | "mpath" | "discard" => {
            "an animation"
        }
        "image" => "a raster image or another document",
        "audio" | "video" | "animation" => "sound or moving pictures",
        "a" => "a link",
        "switch" => "conditional",
        "foreignObject" => "foreign content",
        "prefetch" | "font-face-uri" => "an external reference",
        _ => "not part of SVG Tiny 1.2",
    }
}

/// Whether a value names anything by `url()` that is not in the document itself.
fn leads_out(value: &str) -> bool {
    value.match_indices("url(").any(|(at, found)| {
        let inside = value[at + found.len()..].trim_start_matches([' ', '\t', '\r', '\n', '"', '\'']);
        !inside.starts_with('#')
    })
}

/// The width and height of a view box.
fn view_box(text: &str) -> Option<(f64, f64)> {
    let mut numbers = text.split([' ', '\t', '\r', '\n', ',']).filter(|part| !part.is_empty());
    let all = [number(numbers.next()?)?, number(numbers.next()?)?, number(numbers.next()?)?, number(numbers.next()?)?];
    numbers.next().is_none().then_some((all[2], all[3]))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn place(node: Node<'_, '_>) -> String {
    format!("line {}", node.document().text_pos_at(node.range().start).row)
}

/// Characters of a name or value that are quoted.
const MAX_QUOTED: usize = 64;

fn short(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Whether octets that are not UTF-8 say that they are another encoding of XML.
fn names_an_encoding(octets: &[u8]) -> bool {
    let declaration = &octets[..octets.iter().position(|octet| *octet == b'>').unwrap_or(octets.len()).min(256)];
    let is_declared = declaration.starts_with(b"<?xml") && declaration.windows(8).any(|part| part == b"encoding");
    is_declared || octets.starts_with(&[0xfe, 0xff]) || octets.starts_with(&[0xff, 0xfe])
}

/// The document type declaration of a document.
enum Doctype {
    None,
    /// It names a document type and declares nothing; the document without it, line by line.
    Plain(String),
    /// It declares something itself.
    Declares,
}

/// Finds a document type declaration: what comes before it is blanks, comments and instructions (XML 1.0 §2.8).
fn without_doctype(text: &str) -> Doctype {
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    loop {
        at += text[at..].len() - text[at..].trim_start_matches([' ', '\t', '\r', '\n']).len();
        let rest = &text[at..];
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<!DOCTYPE") => break,
            _ => return Doctype::None,
        };
        let Some(length) = rest.find(end) else { return Doctype::None };
        at += length + end.len();
    }
    let Some(length) = text[at..].find(['>', '[']) else { return Doctype::None };
    if text[at + length..].starts_with('[') {
        return Doctype::Declares;
    }
    let (before, rest) = text.split_at(at);
    let (declaration, after) = rest.split_at(length + 1);
    let blanks: String = declaration.chars().map(|next| if next == '\n' { '\n' } else { ' ' }).collect();
    Doctype::Plain(format!("{before}{blanks}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        r#"<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 64 64">"#;

    fn read(text: &str) -> Indicator {
        Indicator::read(text.as_bytes()).expect("a document that can be judged")
    }

    /// The faults of a document with this inside.
    fn faults(inside: &str) -> Vec<(FaultKind, String)> {
        let indicator = read(&format!("{HEAD}<title>Example</title>{inside}</svg>"));
        indicator.faults.into_iter().map(|fault| (fault.kind, fault.detail)).collect()
    }

    #[track_caller]
    fn forbidden(inside: &str, words: &str) {
        let found = faults(inside);
        let [(FaultKind::Forbidden, detail)] = &found[..] else { panic!("{inside}: {found:?}") };
        assert!(detail.contains(words), "{detail}");
    }

    #[test]
    fn a_plain_indicator_is_right() {
        let indicator = read(&format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a -->\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \
             \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">\n{HEAD}<title> Example </title><desc>x</desc>\
             <defs><linearGradient id=\"a\"><stop offset=\"0\" stop-color=\"red\"/></linearGradient></defs>\
             <g><rect width=\"9\" height=\"9\" fill=\"url(#a)\"/><use href=\"#a\"/></g></svg>"
        ));
        let right = Indicator { title: Some("Example".to_owned()), shape: Some((64.0, 64.0)), faults: Vec::new() };
        assert_eq!(indicator, right);
    }

    #[test]
    fn the_root_says_version_profile_and_title() {
        let words = |text: &str| -> Vec<String> {
            let faults = read(text).faults.into_iter();
            faults.inspect(|fault| assert_eq!(fault.kind, FaultKind::Profile)).map(|fault| fault.detail).collect()
        };
        let bare = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        assert_eq!(
            words(bare),
            ["<svg has no version=\"1.2\"", "<svg> has no baseProfile=\"tiny-ps\"", "<svg> has no <title>"]
                .map(|text| text.replace("<svg has", "<svg> has"))
        );
        let other = HEAD.replace("1.2", "1.1").replace("tiny-ps", "tiny").replace(" viewBox", " x=\"0\" viewBox");
        let expected = [
            "version is \"1.1\", not \"1.2\"",
            "baseProfile is \"tiny\", not \"tiny-ps\"",
            "<svg> has the attribute x",
            "the title is empty",
            "<svg> has several titles",
        ];
        assert_eq!(words(&format!("{other}<title/><title>b</title></svg>")), expected);
        assert_eq!(faults("<g focusable=\"true\" zoomAndPan=\"disable\"/>").len(), 1);
    }

    #[test]
    fn scripts_motion_images_and_references_are_forbidden() {
        forbidden("\n<script>alert(1)</script>", "line 2: <script>, a script");
        forbidden("<g onload=\"alert(1)\"/>", "the attribute onload is a script");
        forbidden("<rect><animate/></rect>", "an animation");
        forbidden("<image href=\"#a\"/>", "<image>");
        forbidden("<foreignObject/>", "foreign content");
        forbidden("<style>a{}</style>", "not part of SVG Tiny 1.2");
        forbidden("<g style=\"fill:red\"/>", "style sheet");
        forbidden("<use href=\"https://example.com/a.svg#b\"/>", "leads out");
        forbidden("<use xmlns:x=\"http://www.w3.org/1999/xlink\" x:href=\"data:image/png,a\"/>", "leads out");
        forbidden("<rect fill=\"url( 'https://example.com/a#b')\"/>", "leads out");
        forbidden("<rect fill=\"url(#a)\" stroke=\"url()\"/>", "leads out");
        forbidden("<?xml-stylesheet href=\"a.css\"?>", "a style sheet");
        // What other vocabularies say of themselves concerns nobody.
        assert_eq!(faults("<metadata><a xmlns=\"urn:x\" href=\"https://example.com\"/></metadata>"), []);
    }

    #[test]
    fn what_is_no_svg_is_told() {
        let kind = |text: &str| read(text).faults.first().map(|fault| fault.kind);
        for text in ["", "logo", "<svg>", "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>", "<svg/>", "<svg a=&b;/>"] {
            assert_eq!(kind(text), Some(FaultKind::Malformed), "{text}");
        }
        let png = Indicator::read(b"\x89PNG\r\n\x1a\n\0\0").map(|indicator| indicator.faults.len());
        assert_eq!(png, Ok(1));
        assert_eq!(Indicator::read(&[0x1f, 0x8b, 8, 0]), Err(Unreadable::Compressed));
        assert_eq!(Indicator::read(&[0xff, 0xfe, b'<', 0]), Err(Unreadable::Encoding));
        assert_eq!(
            Indicator::read(b"<?xml version='1.0' encoding='latin1'?><svg a='\xe9'/>"),
            Err(Unreadable::Encoding)
        );
    }

    #[test]
    fn entities_are_never_expanded() {
        let bomb = "<!DOCTYPE svg [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><svg>&b;</svg>";
        let found = read(bomb);
        assert_eq!(found.faults.len(), 1);
        assert!(found.faults[0].detail.contains("declares entities"), "{found:?}");
        let outside = "<!DOCTYPE svg SYSTEM \"file:///etc/passwd\"><svg>&a;</svg>";
        assert_eq!(read(outside).faults[0].kind, FaultKind::Malformed);
        // A second declaration, or one in another place, is none of XML's.
        let twice = format!("<!DOCTYPE svg><!DOCTYPE svg [<!ENTITY a \"b\">]>{HEAD}</svg>");
        assert_eq!(read(&twice).faults[0].kind, FaultKind::Malformed);
    }

    #[test]
    fn hostile_documents_are_read_within_bounds() {
        let deep = format!("{HEAD}{}{}</svg>", "<g>".repeat(9_000), "</g>".repeat(9_000));
        assert_eq!(read(&deep).faults.len(), 1);
        let open = format!("{HEAD}{}", "<g>".repeat(20_000));
        assert_eq!(read(&open).faults[0].kind, FaultKind::Malformed);
        let wide = format!("{HEAD}{}</svg>", "<g/>".repeat(16_300));
        assert_eq!(read(&wide).faults.len(), 1);
        assert_eq!(Indicator::read(" ".repeat(MAX_INDICATOR + 1).as_bytes()), Err(Unreadable::TooLong));
        let spaces: String = (0..2_000).map(|index| format!("<a xmlns:b{index}='c'>")).collect();
        assert_eq!(Indicator::read(spaces.as_bytes()), Err(Unreadable::Namespaces));
        let many: String = (0..100).map(|index| format!("<e{index}/>")).collect();
        assert_eq!(faults(&many).len(), MAX_FAULTS);
    }

    #[test]
    fn shape_is_that_of_the_view_box_or_of_width_and_height() {
        let shape = |attributes: &str| read(&format!("<svg xmlns=\"{SVG}\" {attributes}/>")).shape;
        assert_eq!(shape("viewBox=\"0,0, 10 20\" width=\"5\" height=\"5\""), Some((10.0, 20.0)));
        assert_eq!(shape("width=\"96px\" height=\"96\""), Some((96.0, 96.0)));
        assert_eq!(shape("width=\"100%\" height=\"100%\""), None);
        assert_eq!(shape("viewBox=\"0 0 NaN inf\""), None);
    }
}
