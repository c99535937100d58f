//! Which texts are languages of a customer, and how they are kept (docs/behaviour.md#locales).
//!
//! A language tag is put into its usual form twice: what it stands for decides whether it is valid, and what is kept leaves
//! out a script that goes without saying.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The subtags that have a meaning, and what replaces those that are out of use.
static SUBTAGS: LazyLock<Subtags> =
    LazyLock::new(|| Subtags::read(include_str!("language_tags.txt")));

/// Whole tags from before the present syntax, which are not read part by part.
const OLD_TAGS: [&str; 26] = [
    "en-gb-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-be-fr",
    "sgn-be-nl",
    "sgn-ch-de",
    "art-lojban",
    "cel-gaulish",
    "no-bok",
    "no-nyn",
    "zh-guoyu",
    "zh-hakka",
    "zh-min",
    "zh-min-nan",
    "zh-xiang",
];

/// The usual form of a language tag; `None` if the text is not one or names no language.
pub(super) fn language_tag(text: &str) -> Option<String> {
    let tag = Tag::read(text)?;
    let language = tag.language.as_deref().filter(|name| name.len() <= 3)?;
    if !tag.is_valid() {
        return None;
    }
    let redundant = tag.script.as_deref() == SUBTAGS.usual_scripts.get(language).copied();
    Some(tag.write(!redundant))
}

#[derive(Default)]
struct Subtags {
    known: HashSet<String>,
    languages: HashMap<&'static str, &'static str>,
    regions: HashMap<String, &'static str>,
    usual_scripts: HashMap<&'static str, &'static str>,
}

impl Subtags {
    fn read(text: &'static str) -> Self {
        let mut subtags = Self::default();
        let mut section = "";
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']');
                continue;
            }
            for word in line.split(' ').filter(|word| !word.is_empty()) {
                match (section, word.split_once('=')) {
                    ("language aliases", Some((old, new))) => {
                        subtags.languages.insert(old, new);
                    }
                    ("region aliases", Some((old, new))) => {
                        subtags.regions.insert(old.to_uppercase(), new);
                    }
                    (_, Some((language, script))) => {
                        subtags.usual_scripts.insert(language, script);
                    }
                    (_, None) => subtags.known.extend(range(word)),
                }
            }
        }
        subtags
    }
}

/// The words that `aa~c` stands for.
fn range(word: &str) -> Vec<String> {
    match word.split_once('~') {
        Some((first, last)) => {
            let (stem, begin) = first.split_at(first.len() - 1);
            let ends = begin.chars().next().zip(last.chars().next());
            let letters = ends.map(|(begin, end)| begin..=end);
            let letters = letters.into_iter().flatten();
            letters.map(|letter| format!("{stem}{letter}")).collect()
        }
        None => vec![word.to_owned()],
    }
}

/// The parts of a tag, each in its usual form.
#[derive(Debug, Clone, Default, PartialEq)]
struct Tag {
    language: Option<String>,
    extended: Vec<String>,
    script: Option<String>,
    region: Option<String>,
    variants: Vec<String>,
    extensions: Vec<String>,
    private: Option<String>,
}

/// What may follow in a tag, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Extended,
    Script,
    Region,
    Variant,
    Extension,
}

impl Tag {
    fn read(text: &str) -> Option<Self> {
        let lower = text.to_lowercase().replace('_', "-");
        let replaced = SUBTAGS.languages.get(lower.as_str());
        let tag = match replaced {
            Some(new) => new.to_lowercase(),
            None => lower,
        };
        if OLD_TAGS.contains(&tag.as_str()) {
            return Some(Self {
                language: Some(tag),
                ..Self::default()
            });
        }
        let is_subtag = |part: &&str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let parts: Vec<&str> = tag.split('-').collect();
        if !parts.iter().all(is_subtag) {
            return None;
        }
        let (first, rest) = parts.split_first()?;
        let mut read = Self::default();
        match first.len() {
            1 if *first == "x" && !rest.is_empty() => {
                read.language = Some(tag);
                return Some(read);
            }
            2..=4 => read.read_language(first)?,
            _ => return None,
        }
        read.read_rest(rest)?;
        Some(read)
    }

    fn read_language(&mut self, language: &str) -> Option<()> {
        if language == "und" {
            return Some(());
        }
        match SUBTAGS.languages.get(language) {
            Some(new) => self.take_over(Self::read(new)?),
            None => self.language = Some(language.to_owned()),
        }
        Some(())
    }

    /// Takes over what an outdated part stands for.
    fn take_over(&mut self, new: Self) {
        self.language = new.language.or(self.language.take());
        self.script = new.script.or(self.script.take());
        self.region = new.region.or(self.region.take());
        self.private = new.private.or(self.private.take());
        for (mine, theirs) in [
            (&mut self.extended, new.extended),
            (&mut self.variants, new.variants),
            (&mut self.extensions, new.extensions),
        ] {
            if !theirs.is_empty() {
                *mine = theirs;
            }
        }
    }

    fn read_rest(&mut self, parts: &[&str]) -> Option<()> {
        let mut expected = Place::Extended;
        let mut parts = parts;
        while let Some((part, rest)) = parts.split_first() {
            let alphabetic = part.bytes().all(|byte| byte.is_ascii_alphabetic());
            let numeric = part.bytes().all(|byte| byte.is_ascii_digit());
            let place = match part.len() {
                1 => {
                    parts = self.read_extension(parts)?;
                    expected = Place::Extension;
                    continue;
                }
                2 if alphabetic => Place::Region,
                3 if alphabetic => Place::Extended,
                3 if numeric => Place::Region,
                4 if alphabetic => Place::Script,
                4 if part.as_bytes()[0].is_ascii_digit() => Place::Variant,
                5.. => Place::Variant,
                _ => return None,
            };
            if place < expected {
                return None;
            }
            match place {
                Place::Extended => {
                    let extended = parts.iter().take(3).take_while(|part| part.len() == 3);
                    let count = extended.count();
                    for part in &parts[..count] {
                        self.read_extended(part)?;
                    }
                    parts = &parts[count..];
                    expected = Place::Script;
                    continue;
                }
                Place::Script => {
                    let (initial, others) = part.split_at(1);
                    self.script = Some(initial.to_uppercase() + others);
                    expected = Place::Region;
                }
                Place::Region => {
                    let region = part.to_uppercase();
                    let new = SUBTAGS.regions.get(&region);
                    self.region = Some(new.map_or(region, |new| (*new).to_owned()));
                    expected = Place::Variant;
                }
                Place::Variant | Place::Extension => {
                    self.variants.push((*part).to_owned());
                    expected = place;
                }
            }
            parts = rest;
        }
        Some(())
    }

    /// An extended language, which mostly is a language of its own.
    fn read_extended(&mut self, part: &str) -> Option<()> {
        let language = self.language.as_deref();
        let whole = language.map(|language| format!("{language}-{part}"));
        match whole.and_then(|whole| SUBTAGS.languages.get(whole.as_str())) {
            Some(new) => self.take_over(Self::read(new)?),
            None => self.extended.push(part.to_owned()),
        }
        Some(())
    }

    /// Reads what begins with a single letter; what follows it is left.
    fn read_extension<'p, 't>(&mut self, parts: &'p [&'t str]) -> Option<&'p [&'t str]> {
        if parts.len() == 1 {
            return None;
        }
        if parts[0] == "x" {
            self.private = Some(parts.join("-"));
            return Some(&[]);
        }
        let following = parts[1..].iter().take_while(|part| part.len() != 1).count();
        if following == 0 {
            return None;
        }
        let (extension, rest) = parts.split_at(1 + following);
        self.extensions.push(extension.join("-"));
        Some(rest)
    }

    /// Whether every part has a meaning, and none comes twice.
    fn is_valid(&self) -> bool {
        let parts = [&self.language, &self.script, &self.region];
        let parts = parts.into_iter().flatten().chain(&self.variants);
        let singletons = self.extensions.iter().map(|extension| &extension[..2]);
        let mut seen = HashSet::new();
        self.extended.len() <= 1
            && parts
                .clone()
                .all(|part| part.starts_with("x-") || SUBTAGS.known.contains(part.as_str()))
            && parts
                .map(String::as_str)
                .chain(singletons)
                .all(|part| seen.insert(part))
    }

    fn write(self, with_script: bool) -> String {
        let sorted = |mut parts: Vec<String>| {
            parts.sort();
            parts
        };
        let language = self.language.unwrap_or_else(|| "und".to_owned());
        let parts: Vec<String> = [language]
            .into_iter()
            .chain(sorted(self.extended))
            .chain(self.script.filter(|_| with_script))
            .chain(self.region)
            .chain(sorted(self.variants))
            .chain(self.extensions)
            .chain(self.private)
            .collect();
        parts.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_their_usual_form() {
        for (given, kept) in [
            ("EN", Some("en")),
            ("en_us", Some("en-US")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("eng", Some("en")),
            ("iw", Some("he")),
            ("en-uk", Some("en-GB")),
            ("en-Latn", Some("en")),
            ("spa-latn-mx", Some("es-MX")),
            ("sr-Latn", Some("sr-Latn")),
            ("sh-QU", Some("sr-Latn-EU")),
            ("sgn-US", Some("ase")),
            ("zh-cmn-hans-cn", Some("zh-Hans-CN")),
            ("zh-min-nan", Some("nan")),
            ("en-gb-oed", Some("en-GB-oxendict")),
            ("es-419", Some("es-419")),
            ("de-1996-1901", Some("de-1901-1996")),
            ("de-u-co-phonebk-x-a", Some("de-u-co-phonebk-x-a")),
            ("ja-latn-hepburn", Some("ja-Latn-hepburn")),
            ("fr-x", None),
            ("de-1901-1901", None),
            ("en-a-bbb-a-ccc", None),
            ("en-u-x-a", None),
            ("spa-MX-Latn", None),
            ("sgn-ase-bfi", None),
            ("en-000", None),
            ("en-gb-oxenfree", None),
            ("xx", None),
            ("jp", None),
            ("und", None),
            ("und-FR", None),
            ("x-klingon", None),
            ("i-default", Some("en-x-i-default")),
            ("é", None),
            ("en-US ", None),
            ("", None),
            ("e", None),
            ("english", None),
            ("C.UTF-8", None),
        ] {
            assert_eq!(language_tag(given).as_deref(), kept, "{given}");
        }
    }
}
