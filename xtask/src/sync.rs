//! `cargo xtask sync`: what Polar publishes becomes `openapi/polar.yaml`.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use polar_openapi::{load, operations::Operations, slice, words};

use crate::output::{Generated, Output};

const DOCUMENT: &str = "openapi/polar.yaml";
const OPERATIONS: &str = "openapi/operations.toml";

/// On top of the document: what of it is written by whom.
const HEADER: &str = "\
The part of Polar's API that this project is about: the operations of operations.toml and all they need.

Structure comes from the document Polar publishes, through `cargo xtask sync`; it is never edited here. What the real
server does beyond it stands in overlay.yaml. Summaries, descriptions and examples are our own and are edited here;
`sync` keeps them. After an edit, `cargo xtask regen` brings the client up to date.";

/// What the command line says.
pub(crate) struct Sync<'a> {
    pub(crate) root: &'a Path,
    pub(crate) from: &'a Path,
    pub(crate) check: bool,
    pub(crate) verbose: bool,
}

impl Sync<'_> {
    /// Returns whether the document in the tree is stale.
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<bool> {
        let operations = self.root.join(OPERATIONS);
        let operations = fs::read_to_string(&operations)
            .with_context(|| format!("cannot read {}", operations.display()))?;
        let operations = Operations::parse(&operations)?;
        let upstream = load::file(self.from)?;
        let mut document = slice::select(&upstream, &operations.all())?;
        slice::strip(&mut document);

        let present = self.root.join(DOCUMENT);
        let report = match fs::read_to_string(&present) {
            Ok(text) => {
                let ours = load::document(&text)
                    .with_context(|| format!("cannot keep the words of {}", present.display()))?;
                words::keep(&mut document, &ours)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => words::WordsReport {
                wanting: words::wanting(&document),
                ..Default::default()
            },
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", present.display()));
            }
        };
        self.say(&report, out)?;

        let remedy = format!("cargo xtask sync --from {}", self.from.display());
        let output = Output {
            root: self.root,
            check: self.check,
            remedy: &remedy,
            colour: Output::wants_colour(),
        };
        let content = load::to_yaml(HEADER, &document)?;
        let file = Generated {
            path: DOCUMENT.into(),
            content,
        };
        output.settle(&[file], out)
    }

    fn say(&self, report: &words::WordsReport, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "words      {} kept", report.kept)?;
        let lists = [
            ("to write", &report.wanting, self.verbose),
            ("to read again, a detail changed", &report.reread, true),
            (
                "dropped, what they described is gone",
                &report.dropped,
                true,
            ),
        ];
        for (what, places, listed) in lists {
            if places.is_empty() {
                continue;
            }
            let hint = if listed {
                ""
            } else {
                " (--verbose lists them)"
            };
            writeln!(out, "words      {} {what}{hint}", places.len())?;
            for place in places.iter().filter(|_| listed) {
                writeln!(out, "             {place}")?;
            }
        }
        Ok(())
    }
}
