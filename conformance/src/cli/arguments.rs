//! What can be typed.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use regex::Regex;

/// One suite for the mock and for any server of Polar's license-key API.
///
/// It plays recordings of the real server, named cases and random sequences, and says where the answers differ.
#[derive(Debug, Parser)]
#[command(
    name = "polar-conformance",
    version,
    after_help = "Examples:\n  \
        polar-conformance run                                        everything, on the mock in this process\n  \
        polar-conformance run --filter '^validate/' --strict         one group of recordings, to the byte\n  \
        polar-conformance run --target http://127.0.0.1:7657         a server that is running (see polar-mock)\n  \
        polar-conformance run --filter '^property/' --cases 1000     more random sequences\n  \
        polar-conformance audit                                      how much the suite notices\n  \
        polar-conformance list --filter '^case/'                     what there is\n  \
        POLAR_ACCESS_TOKEN=… polar-conformance run --target sandbox  Polar's sandbox; keys are made and removed again\n  \
        polar-conformance run --target sandbox --max-requests 100    what a hundred requests can tell\n  \
        polar-conformance clean --target sandbox                     what killed runs left there\n\n\
        Ctrl-C ends a run and removes what it made; a second one ends it at once.\n\
        Exit status: 0 the target conforms, 1 it differs, 2 the run was not possible or not complete."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the suite against a target and report every difference.
    Run(Run),
    /// Print what can be run, one item a line: name, a tab, what it shows.
    List(List),
    /// Corrupt the mock in one way after the other, and report which corruptions the suite does not notice.
    Audit(Audit),
    /// Take the snapshots anew: what a run compares answers with from then on.
    Record(Record),
    /// Remove what earlier runs left behind on a real target: everything named `polar-conformance-…`.
    ///
    /// Lists everything again afterwards. What a run made that goes on, or may go on elsewhere, is left alone.
    Clean(Clean),
}

#[derive(Debug, Args)]
pub(super) struct Audit {
    /// Only corruptions that this regular expression matches somewhere: `kind/operation/what`.
    #[arg(long, value_name = "REGEX")]
    pub(super) filter: Option<Regex>,

    /// Write audit.json into this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) report_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Record {
    #[command(flatten)]
    pub(super) at: At,

    /// Only what has a name that this regular expression matches somewhere.
    #[arg(long, value_name = "REGEX")]
    pub(super) filter: Option<Regex>,

    /// Only what was taken longer ago than this: `14d`, `12h`.
    #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration)]
    pub(super) older_than: Option<Duration>,

    /// The folder of the snapshots.
    #[arg(long, value_name = "DIR", default_value = "conformance/snapshots")]
    pub(super) snapshots: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Clean {
    #[command(flatten)]
    pub(super) at: At,

    /// Also remove what was made by runs that go on, or may go on elsewhere.
    #[arg(long)]
    pub(super) running: bool,
}

#[derive(Debug, Args)]
pub(super) struct At {
    /// What to run against: `mock` (started in this process), `sandbox` or a base URL.
    ///
    /// Where there is the mock's control API (/_mock/…), the whole world of the server is replaced, again and again.
    /// Elsewhere keys are made through Polar's public API, with the access token of POLAR_ACCESS_TOKEN, and removed
    /// afterwards. POLAR_ORGANIZATION_ID says which organization the token must belong to. The token goes over https://
    /// and to this machine only. What needs a capability that the target lacks is skipped, with the reason.
    #[arg(long, value_name = "mock|sandbox|URL", default_value = "mock")]
    pub(super) target: String,

    /// Permit a run against Polar's production server, where it would create and change real things.
    #[arg(long)]
    pub(super) allow_production: bool,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) at: At,

    #[command(flatten)]
    pub(super) choice: Choice,

    /// Also compare the order of names, the spelling of numbers and the blanks in JSON.
    #[arg(long)]
    pub(super) strict: bool,

    /// Where random sequences start from; a run says which seed it used.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    /// How many random sequences each property tries.
    #[arg(long, value_name = "N", default_value_t = 48, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) cases: u32,

    /// The folder where the seeds of failing sequences are kept; they are tried first the next time.
    ///
    /// conformance/proptest-regressions unless said otherwise.
    #[arg(long, value_name = "DIR")]
    pub(super) seeds: Option<String>,

    /// Send no more requests than this: the most informative items run first, and the rest is named.
    ///
    /// Making keys counts; removing them afterwards does not.
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub(super) max_requests: Option<usize>,

    /// Run for no longer than this: `10m`, `2h`. What was made is removed afterwards.
    #[arg(long, value_name = "DURATION", default_value = "2h", value_parser = max_time)]
    pub(super) max_time: Duration,

    /// Run one share of the items, for a matrix of jobs: `2/4` is the second of four.
    #[arg(long, value_name = "K/N")]
    pub(super) partition: Option<Partition>,

    /// Write index.html, report.json and junit.xml into this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) report_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) choice: Choice,
}

#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Only what has a name that this regular expression matches somewhere.
    #[arg(long, value_name = "REGEX")]
    pub(super) filter: Option<Regex>,

    /// A folder of snapshots to use instead of the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub(super) snapshots: Option<PathBuf>,

    /// Recordings to use instead of the built-in ones: a file or a folder.
    #[arg(long, value_name = "PATH")]
    pub(super) recordings: Option<PathBuf>,
}

/// No run lasts longer: `clean` would have to leave it alone for as long.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

fn max_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|problem| problem.to_string())?;
    if time > LONGEST {
        return Err("a week (`7d`) is the longest".to_owned());
    }
    Ok(time)
}

/// One share of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Partition {
    share: usize,
    of: usize,
}

impl Partition {
    /// Every n-th item, so that each share has some of every group.
    pub(super) fn of<T>(self, items: Vec<T>) -> Vec<T> {
        items
            .into_iter()
            .skip(self.share - 1)
            .step_by(self.of)
            .collect()
    }
}

impl FromStr for Partition {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('/')
            .and_then(|(share, of)| Some((share.parse().ok()?, of.parse().ok()?)))
            .filter(|(share, of)| (1..=*of).contains(share))
            .map(|(share, of)| Self { share, of })
            .ok_or("write which share of how many: `1/4` to `4/4`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_a_week_at_most() {
        assert_eq!(max_time("10m"), Ok(Duration::from_secs(600)));
        for wrong in ["8d", "1000000000y", "10", "", "-1s"] {
            assert!(max_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_are_everything_once() {
        let shares = ["1/3", "2/3", "3/3"];
        let mut all: Vec<usize> = shares
            .iter()
            .flat_map(|share| share.parse::<Partition>().unwrap().of((0..10).collect()))
            .collect();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
        for wrong in ["0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/3/5"] {
            assert!(wrong.parse::<Partition>().is_err(), "{wrong}");
        }
    }
}
