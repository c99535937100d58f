//! The world's own clock. Nothing else in the server asks the machine for the time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::RwLock;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;

/// How a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockMode {
    /// It runs on, possibly shifted.
    Real,
    /// It stands still until it is advanced.
    Frozen,
}

/// A clock as `GET /_mock/clock` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClockView {
    /// How it runs.
    pub mode: ClockMode,
    /// What it shows.
    pub now: Timestamp,
}

#[derive(Debug, Clone, Copy)]
enum Reading {
    /// Ahead of the machine's clock by this much.
    Shifted(TimeDelta),
    Frozen(DateTime<Utc>),
}

/// A clock that runs, stands still, or is moved.
#[derive(Debug)]
pub struct Clock(RwLock<Reading>);

impl Default for Clock {
    fn default() -> Self {
        Self(RwLock::new(Reading::Shifted(TimeDelta::zero())))
    }
}

impl Clock {
    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::new(self.0.read().now())
    }

    /// How the clock runs and what it shows.
    pub fn view(&self) -> ClockView {
        let reading = *self.0.read();
        let mode = match reading {
            Reading::Shifted(_) => ClockMode::Real,
            Reading::Frozen(_) => ClockMode::Frozen,
        };
        ClockView {
            mode,
            now: Timestamp::new(reading.now()),
        }
    }

    /// Sets the clock. Without a moment, a real clock shows the machine's time again and a frozen one stops where it is.
    pub fn set(&self, mode: ClockMode, now: Option<Timestamp>) {
        let mut reading = self.0.write();
        let target = now.map(DateTime::<Utc>::from);
        *reading = match mode {
            ClockMode::Real => {
                Reading::Shifted(target.map_or(TimeDelta::zero(), |target| target - Utc::now()))
            }
            ClockMode::Frozen => Reading::Frozen(target.unwrap_or_else(|| reading.now())),
        };
    }

    /// Moves the clock forward. Returns false, and moves nothing, if that would pass the year 9999.
    #[must_use]
    pub fn advance(&self, by: Duration) -> bool {
        use chrono::Datelike;
        let mut reading = self.0.write();
        let Ok(delta) = TimeDelta::from_std(by) else {
            return false;
        };
        let reachable = reading
            .now()
            .checked_add_signed(delta)
            .is_some_and(|then| then.year() <= 9999);
        if reachable {
            match &mut *reading {
                Reading::Shifted(shift) => *shift += delta,
                Reading::Frozen(moment) => *moment += delta,
            }
        }
        reachable
    }
}

impl Timestamp {
    /// What the machine's clock shows: the time of a world that is only just being read.
    pub fn now() -> Self {
        Self::new(Utc::now())
    }
}

impl Reading {
    fn now(self) -> DateTime<Utc> {
        match self {
            Self::Shifted(shift) => Utc::now() + shift,
            Self::Frozen(moment) => moment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_advanced() {
        let clock = Clock::default();
        clock.set(ClockMode::Frozen, Some(moment("2026-01-01T00:00:00Z")));
        assert_eq!(clock.now(), clock.now());
        assert!(clock.advance(Duration::from_secs(90)));
        assert_eq!(
            clock.view(),
            ClockView {
                mode: ClockMode::Frozen,
                now: moment("2026-01-01T00:01:30Z")
            }
        );
    }

    #[test]
    fn a_real_clock_keeps_its_shift() {
        let clock = Clock::default();
        clock.set(ClockMode::Real, Some(moment("2040-01-01T00:00:00Z")));
        assert!(clock.advance(Duration::from_secs(3_600)));
        assert!(clock.now() >= moment("2040-01-01T01:00:00Z"));
        assert_eq!(clock.view().mode, ClockMode::Real);
        clock.set(ClockMode::Real, None);
        assert!(clock.now() < moment("2040-01-01T00:00:00Z"));
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let clock = Clock::default();
        clock.set(ClockMode::Frozen, Some(moment("9999-12-31T23:59:59Z")));
        assert!(!clock.advance(Duration::from_secs(1)));
        assert!(!clock.advance(Duration::from_secs(u64::MAX)));
        assert_eq!(clock.now(), moment("9999-12-31T23:59:59Z"));
    }
}
