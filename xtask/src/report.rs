//! Prints a comparison, for a terminal or a pull request. The same change in several operations is one entry.

use std::io::{self, Write};

use polar_openapi_compare::{Change, Comparison, Direction, Party, Severity};

/// A change, with every operation it affects.
struct Entry<'c> {
    change: &'c Change,
    operations: Vec<&'c str>,
}

const SEVERITIES: [(Severity, &str); 3] = [
    (Severity::Breaking, "breaking"),
    (Severity::Compatible, "compatible"),
    (Severity::Words, "words"),
];

/// How many changes of texts are listed; the rest are counted.
const MANY_WORDS: usize = 20;

fn more_words(entries: &[Entry]) -> Option<String> {
    let more = entries.len().checked_sub(MANY_WORDS + 1)?;
    Some(format!("and {} more", more + 1))
}

/// How many operations are listed for one change; the rest are counted.
const FEW: usize = 6;

fn entries(comparison: &Comparison, severity: Severity) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry> = Vec::new();
    for change in comparison
        .changes
        .iter()
        .filter(|change| change.severity == severity)
    {
        let same = |entry: &&mut Entry| {
            let known = entry.change;
            known.rule == change.rule
                && known.location == change.location
                && known.message == change.message
        };
        // A change of the document itself is an entry of its own.
        let known = entries
            .iter_mut()
            .find(same)
            .filter(|_| !change.operation.is_empty());
        match known {
            Some(entry) => entry.operations.push(&change.operation),
            None => entries.push(Entry {
                change,
                operations: vec![&change.operation],
            }),
        }
    }
    entries
}

fn broken(change: &Change) -> &'static str {
    match change.breaks[..] {
        [] => "",
        [Party::Client] => "breaks clients",
        [Party::Server] => "breaks servers",
        _ => "breaks clients and servers",
    }
}

fn operations(entry: &Entry, quote: &str) -> String {
    let mut names: Vec<String> = Vec::new();
    let shown = entry.operations.iter().filter(|name| !name.is_empty());
    names.extend(
        shown
            .clone()
            .take(FEW)
            .map(|name| format!("{quote}{name}{quote}")),
    );
    let all = shown.count();
    if all > FEW {
        names.push(format!("{} more", all - FEW));
    }
    let direction = match entry.change.direction {
        Direction::Request => "request of ",
        Direction::Response => "response of ",
        Direction::None => "",
    };
    if names.is_empty() {
        "the document".to_owned()
    } else {
        format!("{direction}{}", names.join(", "))
    }
}

fn counts(comparison: &Comparison) -> String {
    let summary = comparison.summary;
    format!(
        "{} breaking, {} compatible, {} words",
        summary.breaking, summary.compatible, summary.words
    )
}

/// For a terminal.
pub(crate) fn text(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    if comparison.changes.is_empty() {
        return writeln!(out, "no changes");
    }
    for (severity, name) in SEVERITIES {
        let entries = entries(comparison, severity);
        if entries.is_empty() {
            continue;
        }
        writeln!(out, "{name}")?;
        if severity == Severity::Words {
            for entry in entries.iter().take(MANY_WORDS) {
                let location = &entry.change.location;
                writeln!(
                    out,
                    "  {} at {location}, in {}",
                    entry.change.rule,
                    operations(entry, "")
                )?;
            }
            if let Some(more) = more_words(&entries) {
                writeln!(out, "  {more} (--format json has them all)")?;
            }
            continue;
        }
        for entry in entries {
            let change = entry.change;
            let broken = broken(change);
            let gap = if broken.is_empty() { "" } else { "  " };
            writeln!(out, "  {}{gap}{broken}", change.rule)?;
            writeln!(out, "    {}", change.message)?;
            if severity == Severity::Breaking {
                writeln!(out, "    because {}", change.rule.reason())?;
            }
            writeln!(
                out,
                "    at {}",
                if change.location.is_empty() {
                    "/"
                } else {
                    &change.location
                }
            )?;
            writeln!(out, "    in {}", operations(&entry, ""))?;
        }
    }
    writeln!(
        out,
        "{}, counted in each operation and direction",
        counts(comparison)
    )
}

/// For a pull request.
pub(crate) fn markdown(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## What changed in the API")?;
    writeln!(out)?;
    if comparison.changes.is_empty() {
        return writeln!(out, "Nothing.");
    }
    writeln!(
        out,
        "{}, counted in each operation and direction.",
        counts(comparison)
    )?;
    for (severity, name) in SEVERITIES {
        let entries = entries(comparison, severity);
        if entries.is_empty() {
            continue;
        }
        let mut heading = name.to_owned();
        heading.get_mut(..1).map(str::make_ascii_uppercase);
        writeln!(out, "\n### {heading}\n")?;
        let more = more_words(&entries).filter(|_| severity == Severity::Words);
        let shown = if more.is_some() {
            MANY_WORDS
        } else {
            entries.len()
        };
        for entry in entries.into_iter().take(shown) {
            let change = entry.change;
            let broken = broken(change);
            let who = if broken.is_empty() {
                String::new()
            } else {
                format!(" **{broken}**:")
            };
            writeln!(out, "- `{}`{who} {}", change.rule, change.message)?;
            if severity == Severity::Breaking {
                writeln!(out, "  <br>{}", change.rule.reason())?;
            }
            writeln!(
                out,
                "  <br>at `{}`, {}",
                change.location,
                operations(&entry, "`")
            )?;
        }
    }
    Ok(())
}
