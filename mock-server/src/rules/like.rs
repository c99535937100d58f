//! How the database looks for a text within another (docs/behaviour.md#lists).

/// Whether a text has the query in it, in any case. In the query, `%` stands for any characters, `_` for any one, and a
/// backslash takes its meaning from what follows.
pub fn is_like(text: &str, query: &str) -> bool {
    let mut tokens = vec![Token::Any];
    let mut pattern = query.chars().flat_map(char::to_lowercase).chain(['%']);
    while let Some(c) = pattern.next() {
        tokens.push(match c {
            '%' => Token::Any,
            '_' => Token::One,
            // The query stands between two `%`: something always follows.
            '\\' => Token::Exactly(pattern.next().unwrap_or('\\')),
            c => Token::Exactly(c),
        });
    }
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    // Which lengths of the beginning of the text the tokens so far match.
    let mut matched = vec![false; text.len() + 1];
    matched[0] = true;
    for token in tokens {
        if token == Token::Any {
            let first = matched.iter().position(|&matched| matched);
            let first = first.unwrap_or(matched.len());
            matched[first..].fill(true);
            continue;
        }
        for end in (1..matched.len()).rev() {
            let fits = token == Token::One || token == Token::Exactly(text[end - 1]);
            matched[end] = fits && matched[end - 1];
        }
        matched[0] = false;
    }
    matched[text.len()]
}

#[derive(PartialEq)]
enum Token {
    Any,
    One,
    Exactly(char),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_may_have_wildcards() {
        for (text, query, is) in [
            ("Main license", "", true),
            ("Main license", "LICENSE", true),
            ("Main license", "licence", false),
            ("Main license", "%", true),
            ("", "%", true),
            ("", "_", false),
            ("a", "_", true),
            ("Main license", "m_in", true),
            ("Main license", "m__in", false),
            ("Main license", "main%se", true),
            ("Main license", "main%x", false),
            ("100 %", "\\%", true),
            ("100", "\\%", false),
            ("a_b", "a\\_b", true),
            ("axb", "a\\_b", false),
            ("a\\b", "a\\\\b", true),
            // The backslash at the end takes the meaning of the `%` behind it.
            ("a%", "a\\", true),
            ("a", "a\\", false),
            ("Straße", "STRASSE", false),
            ("É", "é", true),
        ] {
            assert_eq!(is_like(text, query), is, "{text:?} {query:?}");
        }
    }
}
