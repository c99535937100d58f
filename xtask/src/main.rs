//! `cargo xtask`: regenerate what is generated, check that it is up to date, and measure the mock.
//!
//! Arguments in, a call into `polar-openapi`, files out.

mod bench;
mod diff;
mod docs;
mod generate;
mod mock;
mod output;
mod overlay;
mod regen;
mod report;
mod source;
mod standalone;
mod standard;
mod streams;
mod sync;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{self, ExitCode},
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use standard::{BROKEN, DONE, STALE};

/// Keeps what is generated in step with what it is generated from, and measures the mock.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = EXIT_CODES)]
struct Arguments {
    /// The workspace to work on, when it is not the one this was built in.
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done or up to date, 1 stale (--check), changed (--fail-on), too slow (bench) or not to be landed (ci),
2 could not run.

After Polar changed its API:
  cargo xtask sync --from https://api.polar.sh/2026-04/openapi.json   # says what changed, keeps our words
  cargo xtask regen                                                   # brings the client up to date";

#[derive(Subcommand)]
enum Command {
    /// Generate the client from openapi/polar.yaml.
    ///
    /// Writes client/src/generated: one module per group of openapi/operations.toml. Each group is cut out of the
    /// document, lowered from OpenAPI 3.1 to 3.0, and given to progenitor. The same input gives the same bytes.
    ///
    /// With --document and --out, the whole of another document becomes a client crate of its own.
    Regen {
        /// A document to generate a crate from: a file or an http(s) address, OpenAPI 3.0 or 3.1.
        #[arg(long, value_name = "FILE|URL", requires = "out")]
        document: Option<String>,
        /// The folder of that crate.
        #[arg(long, value_name = "DIR", requires = "document")]
        out: Option<PathBuf>,
        /// Change nothing; show the difference and exit with 1 when there is one.
        #[arg(long)]
        check: bool,
        /// Say what the lowering lost and how long each step took.
        #[arg(long, short)]
        verbose: bool,
    },
    Sync(sync::Sync),
    Diff(diff::Diff),
    Bench(bench::Bench),
    /// Run everything that a change has to pass: .ci/run.
    Ci,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(help) => return standard::say(&help),
    };
    let root = arguments.root.unwrap_or_else(workspace);
    let mut out = standard::output();
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
            // Where errors go may be full or gone as well.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(BROKEN)
        }
    }
}

/// Runs the script; something that it finds is no different from a stale file.
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
