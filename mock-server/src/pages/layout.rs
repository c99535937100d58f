//! What all pages have in common.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");

/// A page that says one thing.
pub(super) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    let body = page(title, None, &html! { h1 { (title) } p { (text) } });
    (status, body).into_response()
}

/// A whole page. `refresh`: after how many seconds it is loaded again.
pub(super) fn page(title: &str, refresh: Option<u32>, body: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(seconds) = refresh {
                    meta http-equiv="refresh" content=(seconds);
                }
                title { (title) " – polar-mock" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { (body) }
                footer { "polar-mock: nothing is paid here. Not affiliated with Polar." }
            }
        }
    };
    Html(page.into_string())
}
