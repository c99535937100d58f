//! A server in its own process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// A server that is ready. It is killed when it is dropped.
pub(super) struct Server {
    process: Child,
    /// Where it listens, as `host:port`.
    pub(super) address: String,
}

impl Server {
    /// Starts a server that prints a line with its URL at the end when it is ready.
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let (_, address) = line
            .trim()
            .rsplit_once("http://")
            .with_context(|| format!("{command:?} did not become ready; it printed {line:?}"))?;
        Ok(Self {
            address: address.to_owned(),
            process,
        })
    }

    /// How much memory it occupies, in KiB, where the system says.
    pub(super) fn resident_kilobytes(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches("kB").trim().parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
