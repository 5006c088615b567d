//! The two kinds of picture: bars against a limit, and boxes that lead to each other.

use maud::{Markup, html};

use super::wide;

/// A picture with its words: `about` says the same to those who do not see it.
pub(super) struct Picture<'a> {
    /// The id that no other picture of the page has.
    pub id: String,
    /// What it shows.
    pub title: &'a str,
    /// Whom it is about, below the title.
    pub of: String,
}

/// One bar.
pub(super) struct Bar {
    pub label: String,
    /// Steps that the label is indented by.
    pub depth: usize,
    pub value: f64,
    /// What stands behind it.
    pub note: String,
    /// Its colour, by the verdict's name.
    pub class: &'static str,
}

/// A box of a way, coloured by the verdict's name.
#[derive(Clone, PartialEq)]
pub(super) struct Stop {
    pub text: String,
    pub class: &'static str,
}

/// Columns of pixels: labels, then bars, then notes.
const LABELS: usize = 230;
const BARS: usize = 260;
const WIDTH: usize = 680;
const ROW: usize = 26;
/// Characters that fit among the labels and in a box.
const LABEL_LENGTH: usize = 32;
const BOX_LENGTH: usize = 23;
const BOX_WIDTH: usize = 196;
const BOX_GAP: usize = 34;

/// Draws bars on one scale, with a line at the limit if there is one.
pub(super) fn bars(picture: &Picture<'_>, bars: &[Bar], limit: Option<(f64, &str)>) -> Markup {
    let values = bars.iter().map(|bar| bar.value).chain(limit.map(|(value, _)| value));
    let greatest = values.fold(1.0, f64::max);
    let at = |value: f64| LABELS as f64 + value.max(0.0) / greatest * BARS as f64;
    let height = ROW * (bars.len() + 1);
    let words = bars.iter().map(|bar| format!("{}: {}", bar.label, bar.note)).collect::<Vec<_>>().join("; ");
    let words = limit.map_or(words.clone(), |(_, name)| format!("{name}. {words}"));
    framed(
        picture,
        &words,
        WIDTH,
        height,
        html! {
            @for (index, bar) in bars.iter().enumerate() {
                @let y = ROW * (index + 1);
                text x=(bar.depth * 12) y=(y + 17) { (shortened(&bar.label, LABEL_LENGTH.saturating_sub(bar.depth * 2))) }
                rect class=(bar.class) x=(LABELS) y=(y + 4) width=(format!("{:.1}", (at(bar.value) - LABELS as f64).max(2.0)))
                    height=(ROW - 9) rx="2" {}
                text.quiet x=(LABELS + BARS + 12) y=(y + 17) { (shortened(&bar.note, 24)) }
            }
            @if let Some((value, name)) = limit {
                line.limit x1=(format!("{:.1}", at(value))) x2=(format!("{:.1}", at(value))) y1=(ROW - 4) y2=(height) {}
                text.quiet x=(format!("{:.1}", at(value))) y="14" text-anchor="end" { (name) }
            }
        },
    )
}

/// Draws ways of boxes, one below the other. A box that is the same as the one above is not drawn again.
pub(super) fn ways(picture: &Picture<'_>, ways: &[Vec<Stop>]) -> Markup {
    let longest = ways.iter().map(Vec::len).max().unwrap_or(1);
    let (width, step) = (longest * (BOX_WIDTH + BOX_GAP), 44);
    let row = |way: &Vec<Stop>| way.iter().map(|stop| stop.text.as_str()).collect::<Vec<_>>().join(" to ");
    let words = ways.iter().map(row).collect::<Vec<_>>().join("; ");
    let top = |index: usize, column: usize| {
        let mut first = index;
        while first > 0 && ways[first - 1].get(..=column) == ways[index].get(..=column) {
            first -= 1;
        }
        first
    };
    framed(
        picture,
        &words,
        width,
        ways.len() * step + 6,
        html! {
            @for (index, way) in ways.iter().enumerate() {
                @for (column, stop) in way.iter().enumerate() {
                    @let first = top(index, column);
                    @let x = column * (BOX_WIDTH + BOX_GAP) + 2;
                    @if first == index {
                        @let y = index * step + 4;
                        rect class=(stop.class) x=(x) y=(y) width=(BOX_WIDTH) height="32" rx="4" {}
                        text x=(x + 8) y=(y + 21) { (shortened(&stop.text, BOX_LENGTH)) }
                        @if column > 0 {
                            @let from = top(index, column - 1) * step + 20;
                            path.link d=(format!("M{} {from} H{} V{} H{x}", x - BOX_GAP, x - BOX_GAP / 2, y + 16)) {}
                        }
                    }
                }
            }
        },
    )
}

fn framed(picture: &Picture<'_>, words: &str, width: usize, height: usize, content: Markup) -> Markup {
    let Picture { id, title, of } = picture;
    html! {
        figure {
            figcaption { (title) ": " (of) }
            (wide(&format!("{title}: {of}"), html! {
                svg role="img" aria-labelledby={(id) "-title " (id) "-words"} width=(width) height=(height)
                    viewBox={"0 0 " (width) " " (height)} {
                    title #{(id) "-title"} { (title) ": " (of) }
                    desc #{(id) "-words"} { (words) }
                    (content)
                }
            }))
        }
    }
}

/// A text that fits, with a mark where it was cut; the whole stands in the words of the picture.
fn shortened(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let kept: String = text.chars().take(length.saturating_sub(1)).collect();
    format!("{kept}…")
}
