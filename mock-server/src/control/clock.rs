//! `GET`, `PUT /_mock/clock` and `POST /_mock/clock/advance`

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use speedate::Duration as Iso8601;

use super::refused::{Refused, read};
use crate::operations;
use crate::shared::Shared;
use crate::state::{ClockMode, ClockView, Timestamp};

/// How the clock runs. A clock frozen without a moment stops where it is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    mode: ClockMode,
    now: Option<Timestamp>,
}

/// How far to move the clock, forward only.
#[derive(Deserialize, JsonSchema)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "neither a number of seconds nor a duration"
)]
pub(super) enum Advance {
    /// This many seconds.
    Seconds { seconds: f64 },
    /// An ISO 8601 duration: `P30DT1H`.
    By { by: String },
}

const ADVANCE: &str = r#"{"seconds":90} or {"by":"P30DT1H"}"#;

pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Json<ClockView> {
    Json(shared.clock.view())
}

pub(super) async fn put(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<ClockView>, Refused> {
    let setting: Setting = read(
        &body,
        r#"{"mode":"real"} or {"mode":"frozen","now":"2026-01-01T00:00:00Z"}"#,
    )?;
    let before = shared.clock.now();
    shared.clock.set(setting.mode, setting.now);
    if shared.clock.now() < before {
        // Otherwise requests would count towards a limit for as long as the clock was turned back.
        shared.rate_limiter.clear();
    }
    shared.run_due_jobs().bell.notify_one();
    Ok(get(State(shared)).await)
}

pub(super) async fn advance(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<ClockView>, Refused> {
    let by = match read(&body, ADVANCE)? {
        Advance::Seconds { seconds } => Duration::try_from_secs_f64(seconds).ok(),
        Advance::By { by } => duration(&by),
    };
    let by = by
        .ok_or_else(|| Refused::invalid(format!("the clock only moves forward; send {ADVANCE}")))?;
    if !shared.clock.advance(by) {
        return Err(Refused::invalid(
            "the clock cannot move past the year 9999; send a shorter duration",
        ));
    }
    let world = shared.run_due_jobs();
    operations::run_scheduler(&world, &shared.settings(), shared.clock.now());
    world.bell.notify_one();
    Ok(get(State(shared)).await)
}

/// An ISO 8601 duration.
fn duration(text: &str) -> Option<Duration> {
    let duration = Iso8601::parse_str(text)
        .ok()
        .filter(|duration| text.starts_with('P') && duration.positive)?;
    let seconds = u64::from(duration.day) * 86_400 + u64::from(duration.second);
    Some(Duration::from_secs(seconds) + Duration::from_micros(u64::from(duration.microsecond)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("P30DT1H", Some(2_595_600)),
            ("PT90S", Some(90)),
            ("P1W", Some(604_800)),
            ("-P1D", None),
            ("1 day", None),
            ("x", None),
        ] {
            assert_eq!(duration(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
