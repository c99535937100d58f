//! `cargo xtask regen`: generates the client and parts of the mock from `openapi/polar.yaml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow};
use polar_openapi::{
    load,
    lower::{self, Loss},
    operations::{Group, Operations},
    slice,
};
use serde_json::Value;

use crate::{
    generate, lint, mock,
    output::{Generated, Output},
};

const FOLDER: &str = "client/src/generated";

/// The group that every client has; each of the others is behind a feature of the same name.
const ALWAYS: &str = "license-keys";

/// The arguments of the command.
pub(crate) struct Regen<'a> {
    pub(crate) root: &'a Path,
    pub(crate) check: bool,
    pub(crate) verbose: bool,
}

impl Regen<'_> {
    /// Returns whether a file in the tree is stale.
    pub(crate) fn run(&self, out: &mut dyn Write) -> anyhow::Result<bool> {
        let mut clock = Clock::default();
        let openapi = self.root.join("openapi");
        let operations = openapi.join("operations.toml");
        let operations = fs::read_to_string(&operations)
            .with_context(|| format!("cannot read {}", operations.display()))?;
        let operations = Operations::parse(&operations)?;
        let document = clock.time("load", || load::file(&openapi.join("polar.yaml")))?;

        let mut files = vec![Generated {
            path: Path::new(FOLDER).join("mod.rs"),
            content: modules(operations.groups()),
        }];
        // One thread for each group: they share nothing, and the largest takes most of the time.
        let generated = clock.time("all groups", || {
            std::thread::scope(|threads| {
                let started: Vec<_> = operations
                    .groups()
                    .iter()
                    .map(|group| threads.spawn(|| generate_group(&document, group)))
                    .collect();
                let joined = started.into_iter().map(std::thread::ScopedJoinHandle::join);
                joined.collect::<Vec<_>>()
            })
        });
        for (group, result) in operations.groups().iter().zip(generated) {
            let result =
                result.map_err(|_| anyhow!("the generator panicked; its message is above"));
            let done = result
                .flatten()
                .with_context(|| format!("group `{}`", group.name))?;
            if self.verbose {
                print_losses(&group.name, &done.losses, out)?;
                done.clock.print(&group.name, out)?;
            }
            files.push(Generated {
                path: Path::new(FOLDER).join(format!("{}.rs", group.module())),
                content: done.content,
            });
        }

        let mut truth = document.clone();
        if let Some(overlay) = lint::overlay(self.root)? {
            overlay.apply(&mut truth);
        }
        files.extend(clock.time("mock", || mock::files(&truth))?);

        let output = Output {
            root: self.root,
            check: self.check,
            remedy: "cargo xtask regen",
            colour: Output::wants_colour(),
        };
        let mut stale = clock.time("files", || output.settle(&files, out))?;
        if self.check {
            let findings = lint::lint(self.root, None, &document)?;
            stale |= lint::print(&findings, out)?;
        }
        if self.verbose {
            clock.print("regen", out)?;
        }
        Ok(stale)
    }
}

/// What was generated for one group.
struct Done {
    content: String,
    losses: Vec<Loss>,
    clock: Clock,
}

fn generate_group(document: &Value, group: &Group) -> anyhow::Result<Done> {
    let mut clock = Clock::default();
    let wanted: BTreeSet<&str> = group.operations.iter().map(String::as_str).collect();
    let sliced = clock.time("slice", || slice::select(document, &wanted))?;
    let lowered = clock.time("lower", || lower::lower(&sliced))?;
    let client = clock.time("generate", || generate::client(lowered.document))?;
    let content = clock.time("format", || generate::module(client, &sliced))?;
    Ok(Done {
        content,
        losses: lowered.losses,
        clock,
    })
}

/// `mod.rs` of the generated folder.
fn modules(groups: &[Group]) -> String {
    let mut text = format!(
        "{}//! The generated clients, one module per group of openapi/operations.toml.\n",
        generate::HEADER
    );
    for group in groups {
        let count = group.operations.len();
        text.push('\n');
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "/// The {count} operations of the group `{}`.",
            group.name
        );
        if group.name != ALWAYS {
            let _ = writeln!(text, "#[cfg(feature = \"{}\")]", group.name);
        }
        let _ = writeln!(text, "pub mod {};", group.module());
    }
    text
}

/// Prints what the lowering lost: a line for each loss, then how often each rule lost something.
pub(crate) fn print_losses(what: &str, losses: &[Loss], out: &mut dyn Write) -> anyhow::Result<()> {
    let mut by_rule: BTreeMap<&str, Vec<&Loss>> = BTreeMap::new();
    for loss in losses {
        by_rule.entry(loss.rule).or_default().push(loss);
    }
    let count = losses.len();
    writeln!(
        out,
        "lost from `{what}` in lowering OpenAPI 3.1 to 3.0: {count}"
    )?;
    if losses.is_empty() {
        return Ok(());
    }
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
    let rules = width(&mut by_rule.keys().map(|rule| rule.len()));
    let losts = width(&mut losses.iter().map(|loss| loss.what.chars().count()));
    writeln!(out, "  {:<rules$}  {:<losts$}  place", "rule", "lost")?;
    for Loss {
        rule,
        pointer,
        what,
    } in by_rule.values().flatten()
    {
        writeln!(out, "  {rule:<rules$}  {what:<losts$}  {pointer}")?;
    }
    writeln!(out, "  {:<rules$}  times", "rule")?;
    for (rule, losses) in &by_rule {
        writeln!(out, "  {rule:<rules$}  {:>5}", losses.len())?;
    }
    Ok(())
}

/// How long each step took.
#[derive(Default)]
pub(crate) struct Clock {
    steps: Vec<(&'static str, Duration)>,
}

impl Clock {
    pub(crate) fn time<T>(&mut self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.steps.push((step, start.elapsed()));
        result
    }

    pub(crate) fn print(&self, what: &str, out: &mut dyn Write) -> anyhow::Result<()> {
        let total: Duration = self.steps.iter().map(|(_, took)| *took).sum();
        for (step, took) in self.steps.iter().chain([&("total", total)]) {
            let milliseconds = took.as_secs_f64() * 1000.0;
            writeln!(
                out,
                "time       {what:<14} {step:<10} {milliseconds:>7.1} ms"
            )?;
        }
        Ok(())
    }
}
