//! What a differential run says.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::difference::Cause;
use super::run::{Cluster, Differences, Places};
use crate::wire::{mask, printable};

/// How much of an answer is shown.
const ANSWER: usize = 700;

/// What differed, and in which operations.
fn title(what: &impl Display, places: &Places) -> String {
    let places: Vec<String> = places
        .iter()
        .map(|(place, count)| format!("{place} ({count})"))
        .collect();
    format!("{what} – {}", places.join(", "))
}

/// Prints the causes, the most frequent first, each with its example.
///
/// # Errors
/// When nothing can be written.
pub fn summary(out: &mut dyn Write, found: &Differences) -> io::Result<()> {
    let mut clusters: Vec<(&Cause, &Cluster)> = found.clusters.iter().collect();
    let count = |cluster: &Cluster| cluster.places.values().sum::<usize>();
    clusters.sort_by_key(|(_, cluster)| std::cmp::Reverse(count(cluster)));
    for (cause, cluster) in &clusters {
        writeln!(out, "\n{}", printable(&title(cause, &cluster.places)))?;
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
    if !found.deviations.is_empty() {
        writeln!(out, "\ndeclared in mock-server/README.md:")?;
    }
    for (number, places) in &found.deviations {
        writeln!(out, "  {}", printable(&title(number, places)))?;
    }
    writeln!(
        out,
        "\n{} requests to {} and {}, seed {}: {} causes of differences",
        found.compared,
        printable(&found.servers[0]),
        printable(&found.servers[1]),
        found.seed,
        clusters.len(),
    )
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
pub fn write_file(folder: &Path, found: &Differences) -> io::Result<PathBuf> {
    let causes: Vec<_> = found
        .clusters
        .iter()
        .map(|(cause, cluster)| {
            serde_json::json!({
                "cause": cause,
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
        "deviations": found.deviations,
    });
    let path = folder.join("compare.json");
    let text = serde_json::to_string_pretty(&report)?;
    std::fs::write(&path, mask(&text).as_bytes())?;
    Ok(path)
}
