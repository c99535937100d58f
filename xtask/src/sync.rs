//! `cargo xtask sync`: takes `openapi/polar.yaml` from the document that Polar publishes.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use chrono::Utc;
use clap::Args;
use polar_openapi::{
    descriptions, load,
    lock::{self, Lock},
    operations::Operations,
    slice, upstream,
    walk::{self, Kind},
};
use polar_openapi_compare::compare;
use serde_json::Value;

use crate::{
    lint,
    output::{Generated, Output},
    report,
    source::{self, Source},
};

const DOCUMENT: &str = "openapi/polar.yaml";
const OPERATIONS: &str = "openapi/operations.toml";
const LOCK: &str = "openapi/upstream.toml";

/// The comment on top of the document: who writes which part of it.
const HEADER: &str = "\
The part of Polar's API that this project is about: the operations of operations.toml and all they need.

Structure comes from the document Polar publishes, through `cargo xtask sync`; it is never edited here. What the real
server does beyond it stands in overlay.yaml. Summaries, descriptions and examples are our own and are edited here;
`sync` keeps them. After an edit, `cargo xtask regen` brings the client up to date.";

const FROM: &str = "\
The upstream document: a file or an http(s) URL; JSON or YAML; OpenAPI 3.0 or 3.1

Polar publishes one for each version, for instance https://api.polar.sh/2026-04/openapi.json.";

/// How many places are listed; the rest are counted.
const MANY: usize = 20;

/// Update openapi/polar.yaml from the document that Polar publishes.
///
/// Takes this project's operations, with everything they need, out of the upstream document. Drops its titles,
/// descriptions and examples, and keeps ours wherever what they describe still exists. Then reports what changed and
/// whom it breaks, what has no description yet, and which actions of openapi/overlay.yaml are out of date. Records in
/// openapi/upstream.toml which document it was.
#[derive(Args)]
pub(crate) struct Sync {
    /// The upstream document: a file or an http(s) URL; JSON or YAML; OpenAPI 3.0 or 3.1.
    #[arg(long, value_name = "FILE|URL", long_help = FROM)]
    from: String,
    /// The list of operations and webhooks to take [default: openapi/operations.toml].
    #[arg(long, value_name = "FILE")]
    operations: Option<PathBuf>,
    /// Write nothing; show what would change, and exit with 1 if anything would.
    #[arg(long)]
    check: bool,
    /// List every place, however many there are.
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
        let upstream = upstream::upgraded(&source.text).with_context(unusable)?;
        let wanted = operations.all();
        let mut document = slice::select(&upstream, &wanted).with_context(unusable)?;
        slice::strip(&mut document);
        writeln!(
            out,
            "found      version {}, {} operations and webhooks, {} of them in this project",
            version(&upstream),
            count(&upstream),
            count(&document),
        )?;

        let present = present(&root.join(DOCUMENT))?;
        let report = match &present {
            Some(ours) => descriptions::carry_over(&mut document, ours),
            None => descriptions::Report {
                missing: descriptions::missing(&document),
                ..Default::default()
            },
        };
        self.print(&report, out)?;
        let findings = lint::lint(root, present.as_ref(), &document)?;
        lint::print(&findings, out)?;
        if let Some(ours) = &present {
            let comparison = compare(ours, &document)
                .context("the new slice is usable, but cannot be compared with the old one")?;
            writeln!(out)?;
            report::text(&comparison, out)?;
            writeln!(out)?;
        }

        let lock = locked(&root.join(LOCK), &source, &upstream);
        let files = [
            Generated {
                path: DOCUMENT.into(),
                content: load::to_yaml(HEADER, &document)?,
            },
            Generated {
                path: LOCK.into(),
                content: lock.to_toml()?,
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
            writeln!(out, "next       run `cargo xtask regen`")?;
        }
        Ok(stale)
    }

    fn print(&self, report: &descriptions::Report, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "texts      {} kept", report.kept)?;
        let lists = [
            ("to write", &report.missing),
            ("to review, because a detail changed", &report.to_review),
            (
                "dropped, because what they described is gone",
                &report.dropped,
            ),
        ];
        for (what, places) in lists {
            if places.is_empty() {
                continue;
            }
            writeln!(out, "texts      {} {what}", places.len())?;
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
            let unusable = || format!("cannot keep the descriptions of {}", path.display());
            document.map(Some).with_context(unusable)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Which document the slice comes from. The date stays while the bytes stay the same.
fn locked(path: &Path, source: &Source, upstream: &Value) -> Lock {
    let digest = lock::digest(source.text.as_bytes());
    let known = fs::read_to_string(path)
        .ok()
        .and_then(|text| Lock::parse(&text).ok());
    match known.filter(|known| known.digest == digest) {
        Some(known) => known,
        None => Lock {
            source: source.name.clone(),
            version: version(upstream).to_owned(),
            date: Utc::now().format("%Y-%m-%d").to_string(),
            digest,
        },
    }
}

fn version(document: &Value) -> &str {
    let version = document.pointer("/info/version").and_then(Value::as_str);
    version.unwrap_or("unknown")
}

fn count(document: &Value) -> usize {
    let mut count = 0;
    walk::document(document, &mut |kind, _, _| {
        count += usize::from(kind == Kind::Operation);
    });
    count
}
