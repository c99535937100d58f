//! `cli:*`: what Polar's command line reads.

use http::{HeaderName, HeaderValue, header};

use super::Call;
use crate::generated::operations::Cli;
use crate::generated::requests::CliListen;
use crate::listen;
use crate::refusal::Refusal;
use crate::reply::Reply;

impl Cli for Call<'_> {
    fn listen(&self, asked: CliListen) -> Result<Reply, Refusal> {
        let is_own = self.organizations().contains(&asked.id);
        if !is_own || self.world.read().organizations.find(asked.id).is_none() {
            return Err(Refusal::UNKNOWN);
        }
        let events = self.world.listeners.listen();
        let messages = listen::messages(asked.id, self.clock.now(), events);
        let fixed = |value: &'static str| HeaderValue::from_static(value);
        Ok(
            Reply::stream(200, fixed("text/event-stream; charset=utf-8"), messages)
                .header(header::CACHE_CONTROL, fixed("no-store"))
                .header(HeaderName::from_static("x-accel-buffering"), fixed("no"))
                .header(header::CONNECTION, fixed("keep-alive")),
        )
    }
}
