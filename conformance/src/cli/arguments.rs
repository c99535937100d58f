//! The command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use polar_conformance::differential::Kind;
use regex::Regex;

/// Test the mock, or any server of Polar's license-key API.
///
/// The suite replays recordings of the real server, runs named cases and random sequences, and reports every difference.
#[derive(Debug, Parser)]
#[command(
    name = "polar-conformance",
    version,
    after_help = "Examples:\n  \
        polar-conformance run                                        test the mock in this process\n  \
        polar-conformance run --filter '^validate/' --strict         replay one group of recordings, to the byte\n  \
        polar-conformance run --target http://127.0.0.1:7657         test a running server (see polar-mock)\n  \
        polar-conformance run --filter '^property/' --cases 1000     try more random sequences\n  \
        polar-conformance audit                                      measure how much the suite notices\n  \
        polar-conformance list --filter '^case/'                     list the named cases\n  \
        POLAR_ACCESS_TOKEN=… polar-conformance run --target sandbox  test Polar's sandbox; creates keys and removes them\n  \
        polar-conformance run --target sandbox --max-requests 100    send a hundred requests at most\n  \
        polar-conformance compare --against http://127.0.0.1:54000 --with mock\n  \
                                                                     find where the mock differs from a running server\n  \
        polar-conformance clean --target sandbox                     remove what killed runs left behind\n\n\
        Ctrl-C stops a run and removes what it created; a second Ctrl-C exits at once.\n\
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
    /// List the items of the suite, one per line: the name, a tab, what it shows.
    List(List),
    /// Corrupt the mock in one way at a time, and report the corruptions that the suite does not notice.
    Audit(Audit),
    /// Take the snapshots again; later runs compare answers with them.
    Record(Record),
    /// Send the same random requests to two servers and report what their answers differ in.
    ///
    /// Ids and times are paired up, so that only real differences count. No model is involved: the one server is the other's
    /// expectation. The differences are grouped by cause, each with one example that is as short as possible: the requests as
    /// curl lines, and both answers. `validation` sends single requests of every operation, from valid to very wrong, `stateful`
    /// sequences that build on each other, `edge` raw HTTP oddities. On a running server everything is created through the
    /// public API, bears the mark of the suite, and is removed at the end; lists show it only what the run created.
    Compare(Compare),
    /// Remove what earlier runs left behind on a real target: everything named `polar-conformance-…`.
    ///
    /// Lists everything again afterwards. Leaves alone what belongs to a run that is still going, or may be on another machine.
    Clean(Clean),
}

#[derive(Debug, Args)]
pub(super) struct Audit {
    /// Only try corruptions whose name (`kind/operation/what`) matches this regular expression.
    #[arg(long, value_name = "REGEX")]
    pub(super) filter: Option<Regex>,

    /// Write audit.json into this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) report_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// The server that is right: `mock`, `sandbox`, or a base URL.
    #[arg(long, value_name = "mock|sandbox|URL")]
    pub(super) against: String,

    /// The server to compare with it.
    #[arg(long, value_name = "mock|sandbox|URL", default_value = "mock")]
    pub(super) with: String,

    /// The variable with the access token for --against.
    ///
    /// The default is POLAR_ACCESS_TOKEN (and POLAR_ORGANIZATION_ID) if only one of the servers needs a token. With two such
    /// servers both variables must be named, so that no server gets the token of the other one.
    #[arg(long, value_name = "VARIABLE")]
    pub(super) against_token_env: Option<String>,

    /// The variable with the access token for --with.
    #[arg(long, value_name = "VARIABLE")]
    pub(super) with_token_env: Option<String>,

    /// Only send requests of this kind; can be given more than once.
    #[arg(long, value_name = "validation|stateful|edge")]
    pub(super) kind: Vec<Kind>,

    /// The number of requests of each kind.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(super) requests: usize,

    /// The number of requests in one stateful sequence.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=200))]
    pub(super) steps: usize,

    /// The seed of the random requests; each run prints the seed that it used.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    /// Write compare.json into this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) report_dir: Option<PathBuf>,

    /// Allow Polar's production server: the run creates and changes real things there.
    #[arg(long)]
    pub(super) allow_production: bool,
}

#[derive(Debug, Args)]
pub(super) struct Record {
    #[command(flatten)]
    pub(super) at: At,

    /// Only take snapshots whose name matches this regular expression.
    #[arg(long, value_name = "REGEX")]
    pub(super) filter: Option<Regex>,

    /// Only take snapshots that are older than this: `14d`, `12h`.
    #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration)]
    pub(super) older_than: Option<Duration>,

    /// The folder with the snapshots.
    #[arg(long, value_name = "DIR", default_value = "conformance/snapshots")]
    pub(super) snapshots: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Clean {
    #[command(flatten)]
    pub(super) at: At,

    /// Also remove what belongs to runs that are still going, or may be.
    #[arg(long)]
    pub(super) running: bool,
}

#[derive(Debug, Args)]
pub(super) struct At {
    /// The target: `mock` (started in this process), `sandbox`, or a base URL.
    ///
    /// If the target has the mock's control API (/_mock/…), the suite replaces all of the server's state, again and again, and
    /// puts back at the end what was there before.
    /// Otherwise it creates keys through Polar's public API, with the access token in POLAR_ACCESS_TOKEN, and removes them
    /// afterwards. POLAR_ORGANIZATION_ID names the organization that the token must belong to. The token is only sent over
    /// https://, or to this machine. Items that the target cannot run are skipped, with the reason.
    #[arg(long, value_name = "mock|sandbox|URL", default_value = "mock")]
    pub(super) target: String,

    /// Allow Polar's production server as the target: the run creates and changes real things there.
    #[arg(long)]
    pub(super) allow_production: bool,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) at: At,

    #[command(flatten)]
    pub(super) choice: Choice,

    /// Also compare the order of keys, the spelling of numbers and the whitespace in JSON.
    #[arg(long)]
    pub(super) strict: bool,

    /// The seed of the random sequences; each run prints the seed that it used.
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    /// The number of random sequences that each property tries.
    #[arg(long, value_name = "N", default_value_t = 48, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) cases: u32,

    /// The folder that keeps the seeds of failing sequences; the next run tries them first.
    ///
    /// The default is conformance/proptest-regressions.
    #[arg(long, value_name = "DIR")]
    pub(super) seeds: Option<String>,

    /// Send at most this many requests; the most informative items run first, and the report names the rest.
    ///
    /// Requests that create keys count; requests that remove them afterwards do not.
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    pub(super) max_requests: Option<usize>,

    /// Stop after this time: `10m`, `2h`. The clean-up follows.
    #[arg(long, value_name = "DURATION", default_value = "2h", value_parser = max_time)]
    pub(super) max_time: Duration,

    /// Run shard K of N, for a matrix of jobs: `2/4` is the second of four shards.
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
    /// Only use items whose name matches this regular expression.
    #[arg(long, value_name = "REGEX")]
    pub(super) filter: Option<Regex>,

    /// A folder with snapshots to use instead of the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub(super) snapshots: Option<PathBuf>,

    /// Recordings to use instead of the built-in ones: a file or a folder.
    #[arg(long, value_name = "PATH")]
    pub(super) recordings: Option<PathBuf>,
}

/// The longest run: `clean` leaves what belongs to a run alone for as long.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

fn max_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|problem| problem.to_string())?;
    if time > LONGEST {
        return Err("too long; use a week (`7d`) at most".to_owned());
    }
    Ok(time)
}

/// One shard of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Partition {
    shard: usize,
    count: usize,
}

impl Partition {
    /// Every n-th item, so that each shard has some of every group.
    pub(super) fn of<T>(self, items: Vec<T>) -> Vec<T> {
        items
            .into_iter()
            .skip(self.shard - 1)
            .step_by(self.count)
            .collect()
    }
}

impl FromStr for Partition {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('/')
            .and_then(|(shard, count)| Some((shard.parse().ok()?, count.parse().ok()?)))
            .filter(|(shard, count)| (1..=*count).contains(shard))
            .map(|(shard, count)| Self { shard, count })
            .ok_or("not a shard; use K/N, such as `1/4` to `4/4`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_lasts_a_week_at_most() {
        assert_eq!(max_time("10m"), Ok(Duration::from_secs(600)));
        for wrong in ["8d", "1000000000y", "10", "", "-1s"] {
            assert!(max_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_shards_are_every_item_once() {
        let shards = ["1/3", "2/3", "3/3"];
        let mut all: Vec<usize> = shards
            .iter()
            .flat_map(|shard| shard.parse::<Partition>().unwrap().of((0..10).collect()))
            .collect();
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<_>>());
        for wrong in ["0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/3/5"] {
            assert!(wrong.parse::<Partition>().is_err(), "{wrong}");
        }
    }
}
