//! `cargo xtask sync`: what Polar publishes becomes `openapi/polar.yaml`.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use chrono::Utc;
use clap::Args;
use polar_openapi::{
    load,
    operations::Operations,
    pin::{self, Pin},
    slice, upstream,
    walk::{self, Kind},
    words::{self, WordsReport},
};
use polar_openapi_compare::compare;
use serde_json::Value;

use crate::{
    output::{Generated, Output},
    overlay, report,
    source::{self, Source},
};

const DOCUMENT: &str = "openapi/polar.yaml";
const OPERATIONS: &str = "openapi/operations.toml";
const PIN: &str = "openapi/upstream.toml";

/// On top of the document: what of it is written by whom.
const HEADER: &str = "\
The part of Polar's API that this project is about: the operations of operations.toml and all they need.

Structure comes from the document Polar publishes, through `cargo xtask sync`; it is never edited here. What the real
server does beyond it stands in overlay.yaml. Summaries, descriptions and examples are our own and are edited here;
`sync` keeps them. After an edit, `cargo xtask regen` brings the client up to date.";

const FROM: &str = "\
The upstream document, JSON or YAML, OpenAPI 3.0 or 3.1: a file, or an http(s) address

Polar publishes its own at https://api.polar.sh/2026-04/openapi.json, one for each version.";

/// Past this many places, the rest is counted.
const MANY: usize = 20;

/// Take this project's operations out of a full upstream document into openapi/polar.yaml.
///
/// Every title, description and example of the upstream document is left out; ours are kept wherever the thing they
/// describe is still there. Says what changed and whom it breaks, what wants words, and which actions of
/// openapi/overlay.yaml have been overtaken. Where the slice came from is kept in openapi/upstream.toml.
#[derive(Args)]
pub(crate) struct Sync {
    /// The upstream document, JSON or YAML, OpenAPI 3.0 or 3.1: a file, or an http(s) address.
    #[arg(long, value_name = "FILE|URL", long_help = FROM)]
    from: String,
    /// Which operations to take, and webhooks by name or operationId [default: openapi/operations.toml].
    #[arg(long, value_name = "FILE")]
    operations: Option<PathBuf>,
    /// Change nothing; show the difference and exit with 1 when there is one.
    #[arg(long)]
    check: bool,
    /// List every place that wants words.
    #[arg(long, short)]
    verbose: bool,
}

impl Sync {
    /// Returns whether the document in the tree is stale.
    pub(crate) fn run(&self, root: &Path, out: &mut dyn Write) -> anyhow::Result<bool> {
        let list = self.operations.clone();
        let list = list.unwrap_or_else(|| root.join(OPERATIONS));
        let operations = Operations::parse(&load::text(&list)?)?;

        writeln!(out, "reading    {}", self.from)?;
        let source = source::take(&self.from)?;
        let unusable = || format!("cannot use {}", self.from);
        let upstream = upstream::raised(&source.text).with_context(unusable)?;
        let wanted = operations.all();
        let mut document = slice::select(&upstream, &wanted).with_context(unusable)?;
        slice::strip(&mut document);
        writeln!(
            out,
            "found      version {}, {} operations and webhooks, {} of them are ours",
            version(&upstream),
            count(&upstream),
            count(&document),
        )?;

        let present = present(&root.join(DOCUMENT))?;
        let words = match &present {
            Some(ours) => words::keep(&mut document, ours),
            None => WordsReport {
                wanting: words::wanting(&document),
                ..Default::default()
            },
        };
        self.say(&words, out)?;
        let overtaken = overlay::overtaken(root, present.as_ref(), &document)?;
        overlay::say(&overtaken, out)?;
        if let Some(ours) = &present {
            let comparison = compare(ours, &document)
                .context("cannot say what changed, but nothing else is wrong with the slice")?;
            writeln!(out)?;
            report::text(&comparison, out)?;
            writeln!(out)?;
        }

        let pin = pinned(&root.join(PIN), &source, &upstream);
        let files = [
            Generated {
                path: DOCUMENT.into(),
                content: load::to_yaml(HEADER, &document)?,
            },
            Generated {
                path: PIN.into(),
                content: pin.to_toml()?,
            },
        ];
        let remedy = format!("cargo xtask sync --from {}", self.from);
        let output = Output {
            root,
            check: self.check,
            remedy: &remedy,
            colour: Output::wants_colour(),
        };
        let changed = present.as_ref() != Some(&document);
        let stale = output.settle(&files, out)?;
        if changed && !self.check {
            writeln!(out, "next       cargo xtask regen")?;
        }
        Ok(stale)
    }

    fn say(&self, report: &WordsReport, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "words      {} kept", report.kept)?;
        let lists = [
            ("to write", &report.wanting),
            ("to read again, a detail changed", &report.reread),
            ("dropped, what they described is gone", &report.dropped),
        ];
        for (what, places) in lists {
            if places.is_empty() {
                continue;
            }
            writeln!(out, "words      {} {what}", places.len())?;
            let shown = if self.verbose { places.len() } else { MANY };
            for place in places.iter().take(shown) {
                writeln!(out, "             {place}")?;
            }
            if let Some(more) = places.len().checked_sub(shown + 1) {
                writeln!(
                    out,
                    "             and {} more (--verbose lists them)",
                    more + 1
                )?;
            }
        }
        Ok(())
    }
}

/// The document in the tree, when there is one.
fn present(path: &Path) -> anyhow::Result<Option<Value>> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let document = load::document(&text);
            let kept = || format!("cannot keep the words of {}", path.display());
            document.map(Some).with_context(kept)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Where the slice comes from. The same bytes were taken on the day they were first taken.
fn pinned(path: &Path, source: &Source, upstream: &Value) -> Pin {
    let digest = pin::digest(source.text.as_bytes());
    let known = fs::read_to_string(path)
        .ok()
        .and_then(|text| Pin::parse(&text).ok());
    match known.filter(|known| known.digest == digest) {
        Some(known) => known,
        None => Pin {
            source: source.name.clone(),
            version: version(upstream).to_owned(),
            date: Utc::now().format("%Y-%m-%d").to_string(),
            digest,
        },
    }
}

fn version(document: &Value) -> &str {
    let version = document.pointer("/info/version").and_then(Value::as_str);
    version.unwrap_or("without a version")
}

fn count(document: &Value) -> usize {
    let mut count = 0;
    walk::document(document, &mut |kind, _, _| {
        count += usize::from(kind == Kind::Operation);
    });
    count
}
