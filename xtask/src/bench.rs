//! `cargo xtask bench`: compares the mock with a bare axum handler, on the same machine in the same run.

mod load;
mod process;
mod provision;

use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use self::load::{Load, Round};
use self::process::Server;
use self::provision::provision;

/// Measure the mock server on this machine.
///
/// Calls the public validate operation with the built-in key, over keep-alive connections, with the journal on. In the
/// same run it calls, in turns, a bare axum handler that parses the same body and answers the same bytes. Servers and
/// load share the machine. Exits with 1 if the mock answers fewer than 60 % as many requests as the bare handler, or if,
/// with rate limits on and calls from many addresses, it answers fewer than 80 % as many as with them off.
#[derive(Args)]
pub(crate) struct Bench {
    /// The number of rounds for each server.
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// The length of a round, in seconds.
    #[arg(long, default_value_t = 3)]
    seconds: u64,

    /// The number of connections to keep busy.
    #[arg(long, default_value_t = 32)]
    connections: usize,

    /// The number of keys in the large world, for measuring look-ups.
    #[arg(long, default_value_t = 100_000)]
    keys: usize,

    /// The number of customers to give a key through the public API, one after the other; 0 for none.
    #[arg(long, default_value_t = 100_000)]
    customers: usize,
}

/// The share of the bare handler's rate that the mock must reach.
const GOAL: f64 = 0.6;
/// The share of its rate without rate limits that the mock must reach with them.
const LIMITED_GOAL: f64 = 0.8;
/// How many addresses call while rate limits are on. None of them calls too often.
const ADDRESSES: usize = 110_000;
/// How often the start is measured.
const STARTS: usize = 20;

const ORGANIZATION: &str = "fda84e25-7b55-4d67-916d-60ead04ff61f";
const CUSTOMER: &str = "d910050c-be66-4ca0-b4cc-34fde514f227";
const BENEFIT: &str = "32a8eda4-56cf-4a94-8228-792d324a519e";
const KEY: &str = "1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA";

impl Bench {
    pub(crate) fn run(&self, root: &Path, out: &mut dyn Write) -> Result<bool> {
        build(root)?;
        let target = target_directory(root);
        let mock = target.join("polar-mock");
        let start = start_times(&mock)?;
        writeln!(
            out,
            "ready after start            {start:>10.1?}   (median of {STARTS}; goal 20 ms)"
        )?;
        let in_process = Command::new(target.join("examples/start_time")).output()?;
        let in_process = String::from_utf8_lossy(&in_process.stdout)
            .trim()
            .to_owned();
        writeln!(
            out,
            "MockServer::start()          {in_process:>8}µs   (median of 100 after the first; goal 1 ms)"
        )?;

        let load = |key: &str| Load::new(key, ORGANIZATION, self.connections);
        let time = Duration::from_secs(self.seconds);
        let server =
            Server::start(Command::new(&mock).args(["--listen", "127.0.0.1:0", "--quiet"]))?;
        let answer = load(KEY).one(&server.address)?;
        let file = std::env::temp_dir().join(format!("polar-bench-{}.json", std::process::id()));
        std::fs::write(&file, answer)?;
        let bare = Server::start(Command::new(target.join("examples/bare_axum")).arg(&file))?;
        let (mut of_mock, mut of_bare) = (Vec::new(), Vec::new());
        for round in 1..=self.rounds {
            of_bare.push(load(KEY).run(&bare.address, time)?);
            of_mock.push(load(KEY).run(&server.address, time)?);
            // Progress is nothing to fail for.
            let _ = writeln!(io::stderr(), "round {round} of {}", self.rounds);
        }
        std::fs::remove_file(&file)?;
        let sent: usize = of_mock.iter().map(|round| round.requests).sum();
        let memory = server.resident_kilobytes();
        drop((server, bare));
        let (mock_rate, bare_rate) = (median_rate(&of_mock), median_rate(&of_bare));
        show("validate, polar-mock", mock_rate, &of_mock, out)?;
        show("same bytes, bare axum", bare_rate, &of_bare, out)?;
        let share = mock_rate / bare_rate;
        writeln!(
            out,
            "share                        {:>9.0} %   (goal {:.0} %)",
            share * 100.0,
            GOAL * 100.0
        )?;
        if let Some(memory) = memory {
            let megabytes = memory as f64 / 1024.0;
            writeln!(out, "resident after {sent:>9} requests {megabytes:>6.1} MB")?;
        }

        let limited_share = self.limited(&mock, time, out)?;
        let world = large_world(self.keys)?;
        let large = Server::start(
            Command::new(&mock)
                .args(["--listen", "127.0.0.1:0", "--quiet", "--fixture"])
                .arg(&world),
        )?;
        std::fs::remove_file(&world)?;
        let middle = format!("BENCH-{}", self.keys / 2);
        let round = load(&middle).run(&large.address, time)?;
        writeln!(
            out,
            "validate, one of {:>9} keys {:>7.0}/s",
            self.keys,
            round.rate()
        )?;
        if self.customers > 0 {
            self.provisioning(&mock, out)?;
        }
        Ok(share >= GOAL && limited_share >= LIMITED_GOAL)
    }

    /// Calls from many addresses without and with rate limits, in turns; returns the share of the rate that is left with them.
    fn limited(&self, mock: &Path, time: Duration, out: &mut dyn Write) -> Result<f64> {
        let start = |limits: &str| {
            let limits = ["--rate-limits", limits];
            Server::start(
                Command::new(mock)
                    .args(["--listen", "127.0.0.1:0", "--quiet"])
                    .args(limits),
            )
        };
        let (free, limited) = (start("off")?, start("sandbox")?);
        let load = Load::from_addresses(ADDRESSES, KEY, ORGANIZATION, self.connections);
        let (mut of_free, mut of_limited) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            of_free.push(load.run(&free.address, time)?);
            of_limited.push(load.run(&limited.address, time)?);
        }
        show("110,000 addresses", median_rate(&of_free), &of_free, out)?;
        show(
            "the same, rate limits on",
            median_rate(&of_limited),
            &of_limited,
            out,
        )?;
        let share = median_rate(&of_limited) / median_rate(&of_free);
        writeln!(
            out,
            "share                        {:>9.0} %   (goal {:.0} %)",
            share * 100.0,
            LIMITED_GOAL * 100.0
        )?;
        if let Some(memory) = limited.resident_kilobytes() {
            writeln!(
                out,
                "resident with their counters {:>9.1} MB",
                memory as f64 / 1024.0
            )?;
        }
        Ok(share)
    }

    fn provisioning(&self, mock: &Path, out: &mut dyn Write) -> Result<()> {
        let server =
            Server::start(Command::new(mock).args(["--listen", "127.0.0.1:0", "--quiet"]))?;
        let cost = provision(&server.address, self.customers)?;
        let fastest = cost.each.iter().min().copied().unwrap_or_default();
        let slowest = cost.each.iter().max().copied().unwrap_or_default();
        writeln!(
            out,
            "a customer with a key        {fastest:>10.0?} to {slowest:.0?} in each tenth of {} (goal: flat within 20 %)",
            self.customers
        )?;
        let (last, time) = cost.last_page;
        writeln!(
            out,
            "list of keys, page 1         {:>10.0?}   page {last} {time:.0?} (goal: within a factor of 2)",
            cost.first_page
        )?;
        Ok(())
    }
}

fn build(root: &Path) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .args([
            "build",
            "--release",
            "--package",
            "polar-mock",
            "--bins",
            "--examples",
        ])
        .status()?;
    if !status.success() {
        bail!("the release build failed");
    }
    Ok(())
}

fn target_directory(root: &Path) -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(std::path::PathBuf::from);
    root.join(target.unwrap_or_else(|| "target".into()))
        .join("release")
}

fn start_times(mock: &Path) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let server =
            Server::start(Command::new(mock).args(["--listen", "127.0.0.1:0", "--quiet"]))?;
        times.push(begun.elapsed());
        drop(server);
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// Writes a fixture with that many keys to a file.
fn large_world(keys: usize) -> Result<std::path::PathBuf> {
    let path = std::env::temp_dir().join(format!("polar-bench-world-{}.json", std::process::id()));
    let mut file = io::BufWriter::new(std::fs::File::create(&path)?);
    write!(
        file,
        r#"{{"organizations":[{{"id":"{ORGANIZATION}","slug":"bench","name":"Bench"}}],"customers":[{{"id":"{CUSTOMER}","organization_id":"{ORGANIZATION}","email":"bench@example.com"}}],"benefits":[{{"id":"{BENEFIT}","organization_id":"{ORGANIZATION}","type":"license_keys","description":"Bench"}}],"license_keys":["#
    )?;
    for number in 0..keys {
        let comma = if number == 0 { "" } else { "," };
        write!(
            file,
            r#"{comma}{{"organization_id":"{ORGANIZATION}","customer_id":"{CUSTOMER}","benefit_id":"{BENEFIT}","key":"BENCH-{number}"}}"#
        )?;
    }
    write!(file, "]}}")?;
    file.flush()
        .context("cannot write the fixture of the large world")?;
    Ok(path)
}

fn median_rate(rounds: &[Round]) -> f64 {
    let mut rates: Vec<f64> = rounds.iter().map(Round::rate).collect();
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn show(name: &str, rate: f64, rounds: &[Round], out: &mut dyn Write) -> Result<()> {
    let mut latencies: Vec<Duration> = rounds
        .iter()
        .flat_map(|round| round.latencies.iter().copied())
        .collect();
    latencies.sort_unstable();
    let at = |share: usize| latencies[latencies.len() * share / 100];
    writeln!(
        out,
        "{name:<28} {rate:>8.0}/s   p50 {:.0?}, p99 {:.0?}",
        at(50),
        at(99)
    )?;
    Ok(())
}
