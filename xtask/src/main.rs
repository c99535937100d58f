//! `cargo xtask`: generates code from the OpenAPI document, checks that it is up to date, and measures the mock.

mod bench;
mod diff;
mod docs;
mod exit;
mod generate;
mod lint;
mod mock;
mod output;
mod regen;
mod report;
mod source;
mod standalone;
mod stdout;
mod streams;
mod sync;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{self, ExitCode},
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use exit::{BROKEN, DONE, STALE};

/// Generates code from the OpenAPI document, checks that it is up to date, and measures the mock.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = EXIT_CODES)]
struct Arguments {
    /// The workspace to work on [default: the one this program was built in].
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done or up to date; 1 stale (--check), changed (--fail-on), too slow (bench) or a step failed (ci);
2 could not run.

When Polar changes its API:
  cargo xtask sync --from https://api.polar.sh/2026-04/openapi.json   # takes the new document, says what changed
  cargo xtask regen                                                   # updates the generated code";

#[derive(Subcommand)]
enum Command {
    /// Generate the client and parts of the mock from openapi/polar.yaml.
    ///
    /// Writes client/src/generated, one module for each group of openapi/operations.toml: the operations of the group
    /// are taken out of the document, lowered from OpenAPI 3.1 to 3.0, and given to progenitor. Writes
    /// mock-server/src/generated from the document with openapi/overlay.yaml applied. The same input gives the same
    /// bytes.
    ///
    /// With --document and --out, generates a client crate for all operations of another document instead.
    Regen {
        /// Generate a crate from this document: a file or an http(s) URL, OpenAPI 3.0 or 3.1.
        #[arg(long, value_name = "FILE|URL", requires = "out")]
        document: Option<String>,
        /// Write the crate to this folder.
        #[arg(long, value_name = "DIR", requires = "document")]
        out: Option<PathBuf>,
        /// Write nothing; show what would change, and exit with 1 if anything would.
        #[arg(long)]
        check: bool,
        /// Show what the lowering lost and how long each step took.
        #[arg(long, short)]
        verbose: bool,
    },
    Sync(sync::Sync),
    Diff(diff::Diff),
    Bench(bench::Bench),
    /// Run every check that a change must pass (.ci/run).
    Ci,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(help) => return stdout::print(&help),
    };
    let root = arguments.root.unwrap_or_else(workspace);
    let mut out = stdout::output();
    let stale = match &arguments.command {
        Command::Regen {
            document: Some(document),
            out: Some(folder),
            check,
            verbose,
        } => {
            let (check, verbose) = (*check, *verbose);
            standalone::Standalone {
                document,
                folder,
                check,
                verbose,
            }
            .run(&mut out)
        }
        Command::Regen { check, verbose, .. } => {
            let (check, verbose) = (*check, *verbose);
            regen::Regen {
                root: &root,
                check,
                verbose,
            }
            .run(&mut out)
        }
        Command::Sync(sync) => sync.run(&root, &mut out),
        Command::Diff(diff) => diff.run(&mut out),
        Command::Bench(bench) => bench.run(&root, &mut out).map(|reached| !reached),
        Command::Ci => ci(&root),
    };
    let stale = stale.and_then(|stale| Ok(out.flush().map(|()| stale)?));
    match stale {
        Ok(false) => ExitCode::from(DONE),
        Ok(true) => ExitCode::from(STALE),
        Err(error) => {
            // Standard error may be closed too; there is nowhere left to report that.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(BROKEN)
        }
    }
}

/// Runs the script; a failed step counts like a stale file.
fn ci(root: &Path) -> anyhow::Result<bool> {
    let script = root.join(".ci/run");
    let status = process::Command::new(&script)
        .status()
        .with_context(|| format!("cannot run {}", script.display()))?;
    Ok(!status.success())
}

/// The folder above this package's.
fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}
