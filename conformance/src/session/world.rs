//! The world of a mock that was running before the session: kept at the beginning, put back in the end.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::json::{Value, parse};
use crate::server::{ControlError, Server};

/// A clock that differs less from this machine's shows the machine's time.
const SAME: Duration = Duration::from_secs(1);

/// What the control API shows of a mock, and lets it have again.
#[derive(Debug)]
pub(super) struct World {
    state: String,
    settings: String,
    clock: String,
    kept: Instant,
}

impl World {
    /// Reads the world of a mock.
    ///
    /// # Errors
    /// When the control API does not answer, or refuses.
    pub(super) async fn of(server: &Server) -> Result<Self, ControlError> {
        // Before the state: reading that does what is due.
        let clock = server.control("GET", "/_mock/clock", None).await?.text();
        let state = server.control("GET", "/_mock/state", None).await?.text();
        let settings = server.control("GET", "/_mock/settings", None).await?.text();
        Ok(Self {
            state,
            settings,
            clock,
            kept: Instant::now(),
        })
    }

    /// Puts it back: the clock first, so that nothing in the state becomes due by a wrong one.
    ///
    /// # Errors
    /// When the control API does not answer, or refuses.
    pub(super) async fn put_back(&self, server: &Server) -> Result<(), ControlError> {
        let clock = clock_after(&self.clock, self.kept.elapsed(), Utc::now());
        for (path, body) in [
            ("/_mock/clock", &clock),
            ("/_mock/settings", &self.settings),
            ("/_mock/state", &self.state),
        ] {
            server.control("PUT", path, Some(body)).await?;
        }
        Ok(())
    }
}

/// How to set a clock that was shown like this, so long ago: a frozen one stands where it stood, another one has run on.
fn clock_after(shown: &str, passed: Duration, now: DateTime<Utc>) -> String {
    let clock = parse(shown).unwrap_or(Value::Null);
    let field = |name: &str| clock.get(name).and_then(Value::as_str);
    let then = field("now").and_then(|then| then.parse::<DateTime<Utc>>().ok());
    if field("mode") == Some("frozen") {
        return shown.to_owned();
    }
    match then.map(|then| then + passed) {
        Some(then) if (then - now).abs().to_std().is_ok_and(|apart| apart >= SAME) => {
            json!({"mode": "real", "now": then}).to_string()
        }
        _ => json!({"mode": "real"}).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_goes_on_as_if_nothing_had_been() {
        let now = "2026-11-21T12:00:10Z".parse().unwrap();
        let after = |shown: &str| clock_after(shown, Duration::from_secs(10), now);
        let frozen = r#"{"mode":"frozen","now":"2026-06-01T00:00:00Z"}"#;
        assert_eq!(after(frozen), frozen);
        assert_eq!(
            after(r#"{"mode":"real","now":"2026-11-21T12:00:00.2Z"}"#),
            r#"{"mode":"real"}"#
        );
        assert_eq!(
            after(r#"{"mode":"real","now":"2027-01-01T00:00:00Z"}"#),
            r#"{"mode":"real","now":"2027-01-01T00:00:10Z"}"#
        );
    }
}
