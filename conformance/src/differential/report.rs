//! What a differential run says.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use regex::Regex;

use super::difference::Cause;
use super::run::{Cluster, Differences};
use crate::wire::{mask, printable};

/// How much of an answer is shown.
const ANSWER: usize = 700;

/// Differences that are known: one regular expression a line, over `cause – operations`.
#[derive(Debug, Default)]
pub struct Known(Vec<Regex>);

/// Why the file with the known differences is of no use.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// It cannot be read.
    #[error("cannot read {}: {source}; name another file with --known", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line is not a regular expression.
    #[error("line {line} of {} is not a regular expression: {source}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong with it.
        source: regex::Error,
    },
}

impl Known {
    /// Reads a file; empty lines and lines that begin with `#` mean nothing.
    ///
    /// # Errors
    /// When it cannot be read, or a line is not a regular expression.
    pub fn read(path: &Path) -> Result<Self, KnownError> {
        let text = std::fs::read_to_string(path).map_err(|source| KnownError::Read {
            path: path.to_owned(),
            source,
        })?;
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let known = lines.map(|(at, line)| {
            Regex::new(line.trim()).map_err(|source| KnownError::Line {
                path: path.to_owned(),
                line: at + 1,
                source,
            })
        });
        Ok(Self(known.collect::<Result<_, _>>()?))
    }

    /// Whether a difference is known.
    fn has(&self, title: &str) -> bool {
        self.0.iter().any(|known| known.is_match(title))
    }
}

/// `cause – places`.
fn title(cause: &Cause, cluster: &Cluster) -> String {
    let places: Vec<String> = cluster
        .places
        .iter()
        .map(|(place, count)| format!("{place} ({count})"))
        .collect();
    format!("{cause} – {}", places.join(", "))
}

/// Prints the causes, the most frequent first, each with its example. Returns how many are not known.
///
/// # Errors
/// When nothing can be written.
pub fn summary(out: &mut dyn Write, found: &Differences, known: &Known) -> io::Result<usize> {
    let mut clusters: Vec<(&Cause, &Cluster)> = found.clusters.iter().collect();
    let count = |cluster: &Cluster| cluster.places.values().sum::<usize>();
    clusters.sort_by_key(|(_, cluster)| std::cmp::Reverse(count(cluster)));
    let (known, new): (Vec<_>, Vec<_>) = clusters
        .into_iter()
        .partition(|(cause, cluster)| known.has(&title(cause, cluster)));
    for (cause, cluster) in &new {
        writeln!(out, "\n{}", printable(&title(cause, cluster)))?;
        let [against, with] = &cluster.curls;
        writeln!(out, "  {} sequence {}", cluster.kind, cluster.sequence)?;
        for line in against {
            writeln!(out, "  {}", printable(line))?;
        }
        writeln!(out, "    {}", printable(&short(&cluster.answers[0])))?;
        if let Some(line) = with.last() {
            writeln!(out, "  {}", printable(line))?;
        }
        writeln!(out, "    {}", printable(&short(&cluster.answers[1])))?;
    }
    for (cause, cluster) in &known {
        writeln!(out, "known: {}", printable(&title(cause, cluster)))?;
    }
    writeln!(
        out,
        "\n{} requests to {} and {}, seed {}: {} causes of differences{}",
        found.compared,
        printable(&found.servers[0]),
        printable(&found.servers[1]),
        found.seed,
        new.len(),
        if known.is_empty() {
            String::new()
        } else {
            format!(", and {} known ones", known.len())
        }
    )?;
    Ok(new.len())
}

fn short(answer: &str) -> String {
    let mut short: String = answer.chars().take(ANSWER).collect();
    if short.len() < answer.len() {
        short.push('…');
    }
    short
}

/// Writes `compare.json`: every cause with its places, and its example for both servers. Secrets are masked.
///
/// # Errors
/// When the file cannot be written.
pub fn write_file(folder: &Path, found: &Differences, known: &Known) -> io::Result<PathBuf> {
    let causes: Vec<_> = found
        .clusters
        .iter()
        .map(|(cause, cluster)| {
            serde_json::json!({
                "cause": cause,
                "known": known.has(&title(cause, cluster)),
                "places": cluster.places,
                "kind": cluster.kind.to_string(),
                "sequence": cluster.sequence,
                "against": {"curl": cluster.curls[0], "answer": cluster.answers[0]},
                "with": {"curl": cluster.curls[1], "answer": cluster.answers[1]},
            })
        })
        .collect();
    let report = serde_json::json!({
        "against": found.servers[0],
        "with": found.servers[1],
        "seed": found.seed,
        "compared": found.compared,
        "stopped": found.stopped,
        "causes": causes,
    });
    let path = folder.join("compare.json");
    let text = serde_json::to_string_pretty(&report)?;
    std::fs::write(&path, mask(&text).as_bytes())?;
    Ok(path)
}
