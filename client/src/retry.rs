//! Waits and repeats a request when the server says how long to wait.

use std::time::Duration;

use reqwest::{
    Request, Response, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};

/// How often and how long to wait for `Retry-After`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retries {
    /// How often a request is repeated.
    pub(crate) most: u32,
    /// The longest wait before one of the repetitions.
    pub(crate) longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            most: 2,
            longest_wait: Duration::from_secs(5),
        }
    }
}

impl Retries {
    /// Sends a request, and repeats it while the answer is a 429 that says when to come back. Only a 429 makes certain
    /// that the server did nothing. A request whose body is a stream is sent once.
    pub(crate) async fn send<F>(
        self,
        mut request: Request,
        mut send: impl FnMut(Request) -> F,
    ) -> reqwest::Result<Response>
    where
        F: Future<Output = reqwest::Result<Response>>,
    {
        for _ in 0..self.most {
            let Some(again) = request.try_clone() else {
                break;
            };
            let response = send(request).await?;
            let wait = match response.status() {
                StatusCode::TOO_MANY_REQUESTS => retry_after(response.headers()),
                _ => None,
            };
            match wait.map(Duration::from_secs) {
                Some(wait) if wait <= self.longest_wait => tokio::time::sleep(wait).await,
                _ => return Ok(response),
            }
            request = again;
        }
        send(request).await
    }
}

/// The seconds of `Retry-After`. Polar never sends a date there.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::VecDeque};

    use reqwest::{Body, Method};
    use tokio::time::Instant;

    use super::*;

    /// Sends to a script of status and `Retry-After`; returns the last status, how many were left, and the time it took.
    async fn play(script: &[(u16, &str)], body: Option<Body>) -> (u16, usize, u64) {
        let script = RefCell::new(VecDeque::from(script.to_vec()));
        let url = "http://127.0.0.1/".parse().unwrap();
        let mut request = Request::new(Method::POST, url);
        *request.body_mut() = body;
        let send = async |_| {
            let (status, wait) = script.borrow_mut().pop_front().unwrap();
            let mut answer = http::Response::builder().status(status);
            if !wait.is_empty() {
                answer = answer.header("retry-after", wait);
            }
            Ok(Response::from(answer.body("").unwrap()))
        };
        let retries = Retries {
            most: 2,
            longest_wait: Duration::from_secs(5),
        };
        let start = Instant::now();
        let response = retries.send(request, send).await.unwrap();
        let left = script.borrow().len();
        (response.status().as_u16(), left, start.elapsed().as_secs())
    }

    // The clock of these tests stands still, and jumps when all that is left to do is to wait.
    #[tokio::test(start_paused = true)]
    async fn waits_as_long_as_told_and_asks_again() {
        assert_eq!(
            play(&[(429, "3"), (429, "2"), (200, "")], None).await,
            (200, 0, 5)
        );
        let body = Some(Body::from("{}"));
        assert_eq!(play(&[(429, "5"), (404, "")], body).await, (404, 0, 5));
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_after_the_last_repetition() {
        let script = [(429, "1"), (429, "1"), (429, "1"), (200, "")];
        assert_eq!(play(&script, None).await, (429, 1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn does_not_wait_for_long_for_nothing_named_or_for_anything_but_429() {
        for wait in [
            "6",
            "60",
            "99999999999999999999",
            "-1",
            "",
            "Fri, 20 Nov 2026 12:00:00 GMT",
        ] {
            assert_eq!(
                play(&[(429, wait), (200, "")], None).await,
                (429, 1, 0),
                "{wait}"
            );
        }
        assert_eq!(play(&[(503, "1"), (200, "")], None).await, (503, 1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_cannot_be_sent_twice_is_sent_once() {
        let body = Body::from(Response::from(http::Response::new("a stream")));
        assert_eq!(
            play(&[(429, "1"), (200, "")], Some(body)).await,
            (429, 1, 0)
        );
    }
}
