//! The requests as a shell script that repeats them.

use crate::wire::{MARK, Request, curl};

/// A value that the server generated and that later requests use.
#[derive(Debug, Clone)]
pub(super) struct Learnt {
    variable: String,
    field: String,
    value: String,
}

impl Learnt {
    /// The value of a field becomes a shell variable.
    pub(super) fn new(variable: impl Into<String>, field: impl Into<String>, value: &str) -> Self {
        Self {
            variable: variable.into(),
            field: field.into(),
            value: value.to_owned(),
        }
    }
}

/// A request, and the value to take from its answer.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    request: Option<Request>,
    pub(super) learnt: Option<Learnt>,
    /// Whether it was sent for what it learns only.
    only_to_learn: bool,
}

impl Sent {
    /// A request.
    pub(super) fn new(request: Request) -> Self {
        Self {
            request: Some(request),
            learnt: None,
            only_to_learn: false,
        }
    }

    /// A value that whoever repeats the script has to provide.
    pub(super) fn given(learnt: Learnt) -> Self {
        Self {
            request: None,
            learnt: Some(learnt),
            only_to_learn: false,
        }
    }

    /// A read that a script needs only if a later line uses the value.
    pub(super) fn looking(request: Request, learnt: Learnt) -> Self {
        Self {
            request: Some(request),
            learnt: Some(learnt),
            only_to_learn: true,
        }
    }

    /// The same, with the value to take from its answer.
    #[must_use]
    pub(super) fn learning(mut self, learnt: Learnt) -> Self {
        self.learnt = Some(learnt);
        self
    }

    pub(super) fn request(&self) -> Option<&Request> {
        self.request.as_ref()
    }
}

/// One line per request. Values from answers go into variables (read by `jq`), which later lines use.
pub(super) fn script(base: &str, sent: &[Sent]) -> String {
    let mut known: Vec<&Learnt> = Vec::new();
    let mut given = Vec::new();
    let mut lines = Vec::new();
    for (at, one) in sent.iter().enumerate() {
        let is_used = |learnt: &Learnt| {
            let later = sent[at..].iter().filter(|later| !later.only_to_learn);
            let mut later = later.filter_map(Sent::request);
            later.any(|request| names(request, &learnt.value))
        };
        if one.only_to_learn && !one.learnt.as_ref().is_some_and(is_used) {
            continue;
        }
        if let Some(request) = &one.request {
            let line = unmarked(&curl(base, &marked(request, &known)));
            lines.push(match &one.learnt {
                None => line,
                Some(Learnt {
                    variable, field, ..
                }) => {
                    let line = line.replacen("curl -i", "curl -s", 1);
                    let field = quoted(field);
                    format!("{variable}=$({line} | jq -r {field})")
                }
            });
        } else {
            given.extend(&one.learnt);
        }
        known.extend(&one.learnt);
    }
    let lines = lines.join("\n");
    let mut text = String::new();
    for Learnt {
        variable, field, ..
    } in given
    {
        if lines.contains(&format!("${variable}")) {
            text.push_str(&format!("# set {variable} to a {field} of your own\n"));
        }
    }
    text + &lines
}

/// Whether a request has this value in its path or its body.
fn names(request: &Request, value: &str) -> bool {
    let body = request.body.as_deref().map(String::from_utf8_lossy);
    request.path.contains(value) || body.is_some_and(|body| body.contains(value))
}

fn marked(request: &Request, known: &[&Learnt]) -> Request {
    let mark = |text: &str| {
        known.iter().fold(text.to_owned(), |text, learnt| {
            text.replace(&learnt.value, &format!("{MARK}{}{MARK}", learnt.variable))
        })
    };
    let mut request = request.clone();
    request.path = mark(&request.path);
    for value in request
        .headers
        .iter_mut()
        .filter_map(|(_, value)| value.as_mut())
    {
        *value = mark(value);
    }
    let body = request.body.as_deref().map(String::from_utf8_lossy);
    request.body = body.map(|body| mark(&body).into_bytes());
    request
}

/// The path of a field, in quotes where the shell needs them.
fn quoted(field: &str) -> String {
    match field.contains('[') {
        true => format!("'.{field}'"),
        false => format!(".{field}"),
    }
}

/// Every variable is inside single quotes, which close before it and open again after it.
fn unmarked(line: &str) -> String {
    let mut parts = line.split(MARK);
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let (Some(variable), Some(rest)) = (parts.next(), parts.next()) {
        text.push_str(&format!("'\"${variable}\"'{rest}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_again_only_for_what_later_lines_use() {
        let list = || Request::new("GET", "/grants");
        let looking = |variable: &str, field: &str, id: &str| {
            Sent::looking(list(), Learnt::new(variable, field, id))
        };
        let sent = [
            Sent::new(list()),
            looking("GRANT_0", "items[0].id", "abc-1"),
            looking("GRANT_1", "items[1].id", "abc-2"),
            Sent::new(Request::new("GET", "/grants/abc-2")),
        ];
        assert_eq!(
            script("http://x", &sent),
            "curl -i --path-as-is 'http://x/grants'
GRANT_1=$(curl -s --path-as-is 'http://x/grants' | jq -r '.items[1].id')
curl -i --path-as-is 'http://x/grants/'\"$GRANT_1\"''"
        );
    }

    #[test]
    fn later_lines_use_what_earlier_answers_named() {
        let activate = Request::new("POST", "/activate").json(r#"{"key":"K"}"#);
        let get = Request::new("GET", "/activations/abc-1")
            .header("Authorization", "Bearer polar_oat_secret");
        let sent = [
            Sent::given(Learnt::new("KEY_0", "key", "K")),
            Sent::given(Learnt::new("KEY_1", "key", "L")),
            Sent::given(Learnt::new("TOKEN", "token", "polar_oat_secret")),
            Sent::new(activate).learning(Learnt::new("ACTIVATION_0", "id", "abc-1")),
            Sent::new(get),
        ];
        assert_eq!(
            script("http://x", &sent),
            r#"# set KEY_0 to a key of your own
# set TOKEN to a token of your own
ACTIVATION_0=$(curl -s --path-as-is 'http://x/activate' -H 'Content-Type: application/json' --data-raw '{"key":"'"$KEY_0"'"}' | jq -r .id)
curl -i --path-as-is 'http://x/activations/'"$ACTIVATION_0"'' -H 'Authorization: Bearer '"$TOKEN"''"#
        );
    }
}
