//! How a kind of tax number is written and checked.

/// A kind of number: how it is written, and which ones are right.
#[derive(Clone, Copy)]
pub(super) struct Format {
    pub(super) name: &'static str,
    separators: &'static str,
    in_any_case: bool,
    prefixes: &'static [&'static str],
    shape: fn(String) -> String,
    is_right: fn(&str) -> bool,
    shape_after: fn(String) -> String,
}

/// A kind of number that is written in any case, without a prefix.
pub(super) const fn format(
    name: &'static str,
    separators: &'static str,
    is_right: fn(&str) -> bool,
) -> Format {
    Format {
        name,
        separators,
        in_any_case: true,
        prefixes: &[],
        shape: |number| number,
        is_right,
        shape_after: |number| number,
    }
}

impl Format {
    pub(super) const fn in_any_case(self, in_any_case: bool) -> Self {
        Self {
            in_any_case,
            ..self
        }
    }

    pub(super) const fn prefixes(self, prefixes: &'static [&'static str]) -> Self {
        Self { prefixes, ..self }
    }

    pub(super) const fn shape(self, shape: fn(String) -> String) -> Self {
        Self { shape, ..self }
    }

    pub(super) const fn shape_after(self, shape_after: fn(String) -> String) -> Self {
        Self {
            shape_after,
            ..self
        }
    }

    /// The number as it is kept; `None` if it is wrong.
    pub(super) fn read(&self, number: &str) -> Option<String> {
        let bare: String = number
            .chars()
            .map(plain)
            .filter(|&letter| !self.separators.contains(letter))
            .collect();
        let bare = if self.in_any_case {
            bare.to_uppercase()
        } else {
            bare
        };
        let bare = bare.trim();
        let prefix = self
            .prefixes
            .iter()
            .find_map(|prefix| bare.strip_prefix(prefix));
        let shaped = (self.shape)(prefix.unwrap_or(bare).to_owned());
        (self.is_right)(&shaped).then(|| (self.shape_after)(shaped))
    }
}

/// The ASCII character that stands for dashes, blanks and digits of other kinds.
fn plain(letter: char) -> char {
    match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{b7}' | '\u{2022}' | '\u{2024}' | '\u{3002}' | '\u{ff0e}' => '.',
        '\u{2044}' | '\u{2215}' | '\u{ff0f}' => '/',
        '\u{ff10}'..='\u{ff19}' => char::from(b'0' + (u32::from(letter) - 0xff10) as u8),
        other => other,
    }
}
