//! Every recording, case and property against the mock in this process, one test each, held against
//! `expectations.toml`.

use std::process::ExitCode;
use std::sync::Arc;

use chrono::Utc;
use libtest_mimic::{Arguments, Failed, Trial};
use polar_conformance::properties::Sampling;
use polar_conformance::recordings::Library;
use polar_conformance::report::failures;
use polar_conformance::session::Session;
use polar_conformance::snapshot;
use polar_conformance::suite::{Expectations, Item, ItemOutcome, Options, items, perform};
use tokio::runtime::Runtime;

/// Tests mostly wait for answers: more of them than there are cores can run at a time.
const THREADS: usize = 8;
/// Always the same random sequences, so that a test fails for everybody or for nobody.
const SEED: u64 = 20_261_120;
/// Sequences that failed once.
const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions");
/// Random sequences for each property.
const CASES: u32 = 32;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(problem) => {
            eprintln!("the suite cannot run: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, Box<dyn std::error::Error>> {
    let runtime = Arc::new(Runtime::new()?);
    let whole = Expectations::bundled();
    let expired: Vec<String> = whole
        .expired(Utc::now().date_naive())
        .flat_map(|known| known.names.clone())
        .collect();
    let list = Arc::new(whole.on("mock"));
    let session = runtime.block_on(Session::mock())?;
    let items = items(Library::embedded()?, snapshot::embedded()?);
    let names: Vec<_> = items
        .iter()
        .map(|item| (item.name(), item.group()))
        .collect();
    let unknown_names: Vec<String> = whole.unknown_names(&names).map(str::to_owned).collect();
    let mut trials = vec![Trial::test("expectations.toml", move || {
        if !expired.is_empty() {
            Err(format!(
                "these entries have expired; fix the differences or extend them: {}",
                expired.join(", ")
            )
            .into())
        } else if unknown_names.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "no item is called {}; correct expectations.toml",
                unknown_names.join(", ")
            )
            .into())
        }
    })];
    trials.extend(items.into_iter().map(|item| {
        let (runtime, list) = (Arc::clone(&runtime), Arc::clone(&list));
        let session = session.clone();
        Trial::test(item.name(), move || check(&runtime, &list, item, session))
    }));
    Ok(trials)
}

fn check(
    runtime: &Runtime,
    list: &Expectations,
    item: Item,
    session: Session,
) -> Result<(), Failed> {
    // One difference is enough to know that a listed item still has one, unless its steps are listed.
    let known = list.known(&item.name(), &item.group());
    let first_failure_only = known.is_some_and(|known| known.steps.is_none());
    let options = Options {
        strict: true,
        first_failure_only,
        sampling: Sampling {
            seed: SEED,
            cases: CASES,
            shrink: true,
            seeds: Some(SEEDS),
        },
    };
    let outcome = runtime.block_on(perform(session, item, options));
    list.check(&outcome, Utc::now().date_naive())
        .map_err(|unexpected| format!("{unexpected}\n{}", details(&outcome)).into())
}

fn details(outcome: &ItemOutcome) -> String {
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = failures(&mut text, outcome);
    anstream::adapter::strip_str(&String::from_utf8_lossy(&text)).to_string()
}
