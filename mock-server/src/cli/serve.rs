//! `polar-mock [serve]`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use polar_mock::{Fixture, MockServer, RateLimits, builtin_fixture_at};

use super::exit::COULD_NOT_RUN;
use super::fixture;
use super::output::{complain, print};

#[derive(Args)]
pub(super) struct Serve {
    /// The address to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7657")]
    listen: SocketAddr,
    /// The world to start with, YAML or JSON [default: the built-in world].
    #[arg(long, value_name = "FILE")]
    fixture: Option<PathBuf>,
    /// Which of Polar's rate limits to apply.
    #[arg(long, value_enum, default_value_t = Limits::Off)]
    rate_limits: Limits,
    /// Send webhooks nowhere (off), or only to this URL of the loopback interface and paths below it [default: anywhere on
    /// the loopback interface].
    #[arg(long, value_name = "off|URL")]
    webhooks: Option<String>,
    /// Accept calls of the control API and of webhooks under this host name, too; can be repeated. The names of the
    /// loopback interface are always accepted.
    #[arg(long = "allow-host", value_name = "NAME")]
    allowed_hosts: Vec<String>,
    /// Require this token for the control API under /_mock. Needed if other machines can reach the server; its built-in
    /// tokens are then random.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "POLAR_MOCK_CONTROL_TOKEN",
        hide_env_values = true
    )]
    control_token: Option<String>,
    /// Print only the address, nothing about the world.
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Limits {
    Off,
    Sandbox,
    Production,
}

impl From<Limits> for RateLimits {
    fn from(limits: Limits) -> Self {
        match limits {
            Limits::Off => Self::Off,
            Limits::Sandbox => Self::Sandbox,
            Limits::Production => Self::Production,
        }
    }
}

pub(super) async fn run(serve: Serve) -> ExitCode {
    let given = match serve.fixture.as_deref().map(fixture::read).transpose() {
        Ok(given) => given,
        Err(code) => return code,
    };
    let world = given.unwrap_or_else(|| builtin_fixture_at(serve.listen.ip()));
    let about = (!serve.quiet).then(|| describe(&world));
    let mut builder = MockServer::builder()
        .listen(serve.listen)
        .fixture(world)
        .rate_limits(serve.rate_limits.into());
    if let Some(token) = serve.control_token {
        builder = builder.control_token(token);
    }
    if let Some(allowed) = serve.webhooks {
        builder = builder.webhooks(allowed);
    }
    for name in serve.allowed_hosts {
        builder = builder.allow_host(name);
    }
    let server = match builder.start().await {
        Ok(server) => server,
        Err(error) => {
            complain(error);
            return ExitCode::from(COULD_NOT_RUN);
        }
    };
    // Before the ready line is printed: its reader may send a signal at once.
    let interrupted = match interruption() {
        Ok(interrupted) => interrupted,
        Err(error) => {
            complain(format_args!("cannot listen for signals: {error}"));
            return ExitCode::from(COULD_NOT_RUN);
        }
    };
    let ready = format_args!(
        "polar-mock is ready on {}{}",
        server.url(),
        about.unwrap_or_default()
    );
    if let Err(code) = print(ready) {
        return code;
    }
    interrupted.await;
    server.stop().await;
    ExitCode::SUCCESS
}

/// The ids, tokens and keys to start with, in a few lines.
fn describe(world: &Fixture) -> String {
    const SHOWN: usize = 8;
    let mut text = String::new();
    for organization in world.organizations.iter().take(SHOWN) {
        text.push_str(&format!(
            "\n  organization  {}  {}",
            organization.id, organization.slug
        ));
        for token in organization.access_tokens.iter().take(SHOWN) {
            text.push_str(&format!("\n  access token  {}", token.token));
        }
    }
    for session in world.customer_sessions.iter().take(SHOWN) {
        text.push_str(&format!("\n  portal token  {}", session.token));
    }
    for key in world.license_keys.iter().take(SHOWN) {
        text.push_str(&format!("\n  license key   {}", key.key));
    }
    if world.license_keys.len() > SHOWN {
        text.push_str(&format!(
            "\n  … and {} more",
            world.license_keys.len() - SHOWN
        ));
    }
    text
}

/// Starts listening for Ctrl-C and SIGTERM; the future is ready when one arrives.
#[cfg(unix)]
fn interruption() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Starts listening for Ctrl-C; the future is ready when it arrives.
#[cfg(windows)]
fn interruption() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
