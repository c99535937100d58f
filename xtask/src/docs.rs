//! Escapes the doc comments of generated code: text from a document must not become code, links or HTML.
//!
//! `rustdoc` runs whatever looks like a code block, and anybody may have written the document.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};

/// The same code with its doc comments escaped.
pub(crate) fn harmless(code: TokenStream) -> TokenStream {
    let one = |tree| match tree {
        TokenTree::Group(group) => {
            let inner = match doc(&group) {
                Some(text) => {
                    let mut tokens: Vec<_> = group.stream().into_iter().collect();
                    tokens.pop();
                    tokens.push(Literal::string(&escaped_but_for_the_generators(&text)).into());
                    tokens.into_iter().collect()
                }
                None => harmless(group.stream()),
            };
            let mut same = Group::new(group.delimiter(), inner);
            same.set_span(group.span());
            TokenTree::Group(same)
        }
        other => other,
    };
    code.into_iter().map(one).collect()
}

/// The text of `[doc = "text"]`.
fn doc(group: &Group) -> Option<String> {
    let tokens: Vec<_> = group.stream().into_iter().collect();
    match (group.delimiter(), tokens.as_slice()) {
        (
            Delimiter::Bracket,
            [
                TokenTree::Ident(name),
                TokenTree::Punct(_),
                TokenTree::Literal(text),
            ],
        ) if name == "doc" => {
            let text: syn::LitStr = syn::parse_str(&text.to_string()).ok()?;
            Some(text.value())
        }
        _ => None,
    }
}

const EXAMPLE: &str = "```ignore\n";

/// The generator ends the words about a method with an example of its own, and links a builder to its method; all else is
/// the document's.
fn escaped_but_for_the_generators(doc: &str) -> String {
    match doc.rfind(EXAMPLE) {
        Some(start) if is_example(&doc[start..]) => {
            let words = doc[..start].strip_suffix('\n').unwrap_or(&doc[..start]);
            format!("{}\n{}", escaped(words), &doc[start..])
        }
        _ if is_link(doc) => doc.to_owned(),
        _ => escaped(doc),
    }
}

/// Whether the generator wrote this about the builder of a request.
fn is_link(doc: &str) -> bool {
    let name = doc
        .rsplit("super::Client::")
        .next()
        .filter(|name| syn::parse_str::<syn::Ident>(name).is_ok());
    name.is_some_and(|name| {
        let link = format!("[`Client::{name}`]");
        doc == format!("Builder for {link}\n\n{link}: super::Client::{name}")
    })
}

/// Whether the generator wrote this: a chain of calls whose names and arguments are identifiers.
fn is_example(text: &str) -> bool {
    let is_call = |line: &str| {
        line.chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '(' | ')' | ';'))
    };
    let inner = text
        .strip_prefix(EXAMPLE)
        .and_then(|text| text.strip_suffix("\n```"));
    let calls = inner.and_then(|text| text.strip_prefix("let response = client."));
    calls.is_some_and(|calls| {
        calls
            .lines()
            .all(|line| is_call(line.trim_start_matches("    ")))
    })
}

/// Markdown that shows the text and does nothing else.
fn escaped(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(escaped_line).collect();
    lines.join("\n")
}

fn escaped_line(line: &str) -> String {
    // Four spaces begin a code block, wherever a line, a list or a quotation has them.
    let words: Vec<_> = line
        .split(|c: char| c.is_whitespace() || polar_openapi::names::is_control(c))
        .filter(|word| !word.is_empty())
        .collect();
    let start = if line.starts_with(' ') && !words.is_empty() {
        " "
    } else {
        ""
    };
    let line = format!("{start}{}", words.join(" "));
    let spans = has_plain_code_spans(&line);
    let mut within = false;
    let mut text = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '`' if spans => {
                within = !within;
                text.push('`');
            }
            '`' => text.push('\''),
            _ if within => text.push(character),
            '<' => text.push_str("&lt;"),
            '\\' | '[' | ']' | '~' => {
                text.push('\\');
                text.push(character);
            }
            _ => text.push(character),
        }
    }
    text
}

/// Whether every backtick of a line stands alone and ends what another one began.
fn has_plain_code_spans(line: &str) -> bool {
    line.matches('`').count().is_multiple_of(2) && !line.contains("``") && !line.contains("\\`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_and_code_spans_stay() {
        for text in [
            "Which key, by `id`; more than 100 counts as 100.",
            "Sends a `GET` request to `/v1/a/{id}`\n\nArguments:\n- `id`: Which.",
            "`a[0] < b`",
        ] {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn nothing_of_a_text_is_code_links_or_html() {
        for (text, shown) in [
            (
                "```\nstd::fs::write(\"x\", \"\");\n```",
                "'''\nstd::fs::write(\"x\", \"\");\n'''",
            ),
            ("~~~rust\nx\n~~~", "\\~\\~\\~rust\nx\n\\~\\~\\~"),
            (
                "a\n\n     let x;\n\tlet y;\n>     z\n-     z",
                "a\n\n let x;\nlet y;\n> z\n- z",
            ),
            (
                "[a](b) <script> \\[c]",
                "\\[a\\](b) &lt;script> \\\\\\[c\\]",
            ),
            ("` <b>\n` <b>", "' &lt;b>\n' &lt;b>"),
            ("\\` <b> `", "\\\\' &lt;b> '"),
            ("a\r\u{0}\u{202e}b\u{2028}c", "a b c"),
        ] {
            assert_eq!(escaped(text), shown, "{text:?}");
        }
    }

    #[test]
    fn only_what_the_generator_wrote_is_left_as_it_is() {
        let link = "Builder for [`Client::a`]\n\n[`Client::a`]: super::Client::a";
        assert_eq!(escaped_but_for_the_generators(link), link);
        assert!(!escaped_but_for_the_generators(&format!("{link} [b]")).contains(" [b]"));
        let real = "Words <b>.\n```ignore\nlet response = client.a_get()\n    .id(id)\n    .send()\n    .await;\n```";
        assert_eq!(
            escaped_but_for_the_generators(real),
            real.replace("<b>", "&lt;b>")
        );
        for forged in [
            "```ignore\nlet response = client.a()\n```\n```\nuse std::fs;\n```",
            "```ignore\nuse std::fs;\n```",
        ] {
            assert!(
                !escaped_but_for_the_generators(forged).contains("```"),
                "{forged}"
            );
        }
    }

    #[test]
    fn doc_attributes_are_found_wherever_they_stand() {
        let code: TokenStream =
            "mod a { #[doc = \"```\\nx\"] struct B { #[doc = r\"<b>\"] c: [u8; 2] } }"
                .parse()
                .expect("tokens");
        let code = harmless(code).to_string();
        assert!(
            code.contains("\"'''\\nx\"") && code.contains("\"&lt;b>\""),
            "{code}"
        );
        assert!(code.contains("[u8 ; 2]"), "{code}");
    }
}
