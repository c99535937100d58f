//! How long `MockServer::start()` takes after the first, in microseconds: the median of a hundred.

use std::time::Instant;

use polar_mock::MockServer;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let _first = MockServer::start().await?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        let server = MockServer::start().await?;
        times.push(begun.elapsed().as_micros());
        drop(server);
    }
    times.sort_unstable();
    println!("{}", times[times.len() / 2]);
    Ok(())
}
