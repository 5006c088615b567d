//! The form in which a check with many rules writes them down.

/// Makes a `static` of each rule, and `ALL` of them in their order, those `beside` them at the end.
macro_rules! rules {
    (
        beside [$($other:path),*];
        $($(#[$doc:meta])* $name:ident {
            $id:literal, $title:literal, $severity:ident, [$($cite:expr),+], $why:expr, $remedy:expr $(,)?
        })+
    ) => {
        $($(#[$doc])* pub(super) static $name: Rule = Rule {
            id: $id, title: $title, severity: Severity::$severity, cites: &[$($cite),+], why: $why,
            remedy: Remedy::Act($remedy),
        };)+

        /// All rules of this check.
        pub(super) static ALL: &[&Rule] = &[$(&$name,)+ $(&$other),*];
    };
}
