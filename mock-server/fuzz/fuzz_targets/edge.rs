//! Raw bytes on a connection: whatever they are, what comes back is HTTP, and nothing else.

#![no_main]

use std::cell::LazyCell;

use libfuzzer_sys::fuzz_target;
use polar_mock::fuzzing::Connections;

thread_local! {
    static CONNECTIONS: LazyCell<Connections> = LazyCell::new(|| Connections::new().expect("a runtime"));
}

fuzz_target!(|bytes: &[u8]| {
    let answer = CONNECTIONS.with(|connections| connections.exchange(bytes));
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1."),
        "{}",
        String::from_utf8_lossy(&answer)
    );
});
