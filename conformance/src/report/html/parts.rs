//! Parts that several sections of the page share.

use maud::{Markup, html};

use crate::suite::Verdict;

/// A bar that is filled to this share.
pub(super) fn bar(share: f64) -> Markup {
    html! { div.bar aria-hidden="true" { div style=(format!("width:{:.1}%", share * 100.0)) {} } }
}

/// One line of a verdict.
pub(super) fn word(verdict: &Verdict, differs: bool, tolerated: bool) -> &'static str {
    match verdict {
        Verdict::Skipped(_) => "skipped",
        Verdict::Ran(_) if tolerated => "known",
        Verdict::Ran(_) if differs => "differs",
        Verdict::Ran(_) => "same",
    }
}
