//! The shape of a recording.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::{Fields, FormatError, whole};
use crate::json::{Number, Style, Value};

/// A recorded conversation.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// `group/name`.
    pub name: String,
    /// What it shows, in one line.
    pub about: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What `PUT /_mock/settings` gets.
    pub settings: Value,
    /// The fixture to load.
    pub fixture: Value,
    /// What to send and what must come back.
    pub steps: Vec<Step>,
}

/// Which server was recorded, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Repository and commit.
    pub server: String,
    /// Date of that commit.
    pub server_date: String,
    /// How the server was set up.
    pub environment: String,
    /// Date of the recording.
    pub recorded: String,
}

/// One step of a conversation.
#[derive(Debug, Clone)]
pub struct Step {
    /// What a report calls it.
    pub name: String,
    /// What it does.
    pub action: Action,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// One request and its answer.
    Ask(ExchangeTemplate),
    /// Advances the clock by this many seconds.
    Advance(Number),
    /// Repeats a request until its answer is correct: some effects happen in the background.
    Eventually {
        /// The request and its final answer.
        exchange: ExchangeTemplate,
        /// How long to try.
        within: Duration,
    },
    /// The same request many times, one after the other.
    Repeat {
        /// What to send.
        request: RequestTemplate,
        /// How often.
        times: usize,
        /// The statuses in order, as runs of equal ones.
        statuses: Vec<(u16, usize)>,
    },
    /// Several requests at once.
    Parallel {
        /// What to send.
        requests: Vec<RequestTemplate>,
        /// How many answers have which status; no other status may occur.
        expect: Vec<(u16, Count)>,
        /// The body that every answer with a status has.
        bodies: Vec<(u16, Value)>,
        /// The sorted values of a field over all answers with status 200.
        values: Vec<(String, Vec<i64>)>,
    },
    /// The webhook deliveries since the last such step.
    Deliveries {
        /// Headers and body of each.
        expected: Vec<(Vec<(String, String)>, Value)>,
        /// How long to wait for them.
        within: Duration,
        /// How long to wait for a surplus delivery.
        quiet: Option<Duration>,
        /// The secret that signs them.
        secret: Option<String>,
    },
}

/// How many answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Exactly this many.
    Exactly(usize),
    /// This many or more.
    AtLeast(usize),
}

impl Count {
    /// Whether a number of answers is correct.
    pub fn allows(self, count: usize) -> bool {
        match self {
            Self::Exactly(wanted) => count == wanted,
            Self::AtLeast(wanted) => count >= wanted,
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(count) => write!(f, "{count}"),
            Self::AtLeast(count) => write!(f, "{count}+"),
        }
    }
}

/// A request and the answer that must come back.
#[derive(Debug, Clone)]
pub struct ExchangeTemplate {
    /// What to send.
    pub request: RequestTemplate,
    /// What must come back.
    pub response: ResponseTemplate,
}

/// A request whose texts may hold reference tokens.
#[derive(Debug, Clone)]
pub struct RequestTemplate {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers in order; `None` suppresses one.
    pub headers: Vec<(String, Option<String>)>,
    /// The body.
    pub body: Option<BodyTemplate>,
}

/// The body of a request.
#[derive(Debug, Clone)]
pub enum BodyTemplate {
    /// Text with reference tokens.
    Text(Text),
    /// Exact bytes.
    Bytes(Vec<u8>),
}

/// A text in parts, each with the number of its repetitions, so that a long one can be written short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Vec<(String, usize)>);

impl Text {
    /// The whole text.
    pub fn join(&self) -> String {
        self.0
            .iter()
            .map(|(text, times)| text.repeat(*times))
            .collect()
    }
}

/// The answer that must come back.
#[derive(Debug, Clone)]
pub struct ResponseTemplate {
    /// The status code.
    pub status: u16,
    /// Headers that must be there, lower-case, with templates of their values.
    pub headers: Vec<(String, String)>,
    /// Headers that must not be there.
    pub absent_headers: Vec<String>,
    /// Whether the order of names counts (in strict mode).
    pub key_order: bool,
    /// How the text is written (counts in strict mode).
    pub style: Option<Style>,
    /// Lists whose order means nothing.
    pub unordered: Vec<String>,
    /// What the body must be.
    pub content: Content,
}

/// What the body of an answer must be.
#[derive(Debug, Clone)]
pub enum Content {
    /// Anything.
    Any,
    /// This text.
    Text(Text),
    /// JSON equal to this template.
    Json(Value),
}

impl Scenario {
    /// Reads a recording.
    ///
    /// # Errors
    /// When a field is missing or of the wrong shape.
    pub fn from_json(value: &Value) -> Result<Self, FormatError> {
        let fields = Fields::of(value, "$")?;
        let steps = fields
            .items("steps")?
            .iter()
            .enumerate()
            .map(|(index, value)| step(value, index))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            name: fields.text("name")?,
            about: fields.text_or_empty("about")?,
            origin: origin(&fields)?,
            settings: fields
                .get("settings")
                .cloned()
                .unwrap_or_else(|| Value::Object(crate::json::Object::new())),
            fixture: fields.need("fixture")?.clone(),
            steps,
        })
    }

    /// The part of the name before the slash.
    pub fn group(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}

fn origin(fields: &Fields<'_>) -> Result<Origin, FormatError> {
    let Some(value) = fields.get("origin") else {
        return Ok(Origin::default());
    };
    let fields = Fields::of(value, "$.origin")?;
    Ok(Origin {
        server: fields.text_or_empty("server")?,
        server_date: fields.text_or_empty("server_date")?,
        environment: fields.text_or_empty("environment")?,
        recorded: fields.text_or_empty("recorded")?,
    })
}

fn step(value: &Value, index: usize) -> Result<Step, FormatError> {
    let fields = Fields::of(value, format!("$.steps[{index}]"))?;
    let mut name = fields.text_or_empty("name")?;
    if name.is_empty() {
        name = format!("step {}", index + 1);
    }
    let action = if fields.get("advance_seconds").is_some() {
        let seconds = fields.number("advance_seconds")?.clone();
        name = format!("advance {seconds} s");
        Action::Advance(seconds)
    } else if let Some(inner) = fields.get("eventually") {
        let inner = Fields::of(inner, fields.place("eventually"))?;
        name = inner.text("name")?;
        Action::Eventually {
            exchange: exchange(&inner)?,
            within: fields.seconds("within_seconds")?,
        }
    } else if fields.get("parallel").is_some() {
        parallel(&fields)?
    } else if fields.get("repeat").is_some() {
        Action::Repeat {
            request: request(&fields)?,
            times: fields.whole("repeat")?,
            statuses: runs(&fields)?,
        }
    } else if fields.get("deliveries").is_some() {
        deliveries(&fields)?
    } else {
        Action::Ask(exchange(&fields)?)
    };
    Ok(Step { name, action })
}

fn exchange(fields: &Fields<'_>) -> Result<ExchangeTemplate, FormatError> {
    Ok(ExchangeTemplate {
        request: request(fields)?,
        response: response(fields)?,
    })
}

fn request(fields: &Fields<'_>) -> Result<RequestTemplate, FormatError> {
    let fields = Fields::of(fields.need("request")?, fields.place("request"))?;
    let headers = fields
        .members("headers")?
        .into_iter()
        .map(|(name, value)| match value {
            Value::Null => Ok((name.clone(), None)),
            Value::String(_) | Value::Number(_) => Ok((name.clone(), Some(value.display()))),
            _ => fields.wrong("headers", "should hold strings or null"),
        });
    Ok(RequestTemplate {
        method: fields.text("method")?,
        path: fields.text("path")?,
        headers: headers.collect::<Result<_, _>>()?,
        body: body(&fields)?,
    })
}

fn body(fields: &Fields<'_>) -> Result<Option<BodyTemplate>, FormatError> {
    if fields.get("body_base64").is_some() {
        let bytes = STANDARD
            .decode(fields.text("body_base64")?)
            .or_else(|_| fields.wrong("body_base64", "should be base64"))?;
        return Ok(Some(BodyTemplate::Bytes(bytes)));
    }
    fields
        .get("body")
        .map(|value| text(fields, "body", value).map(BodyTemplate::Text))
        .transpose()
}

fn text(fields: &Fields<'_>, name: &str, value: &Value) -> Result<Text, FormatError> {
    const SHAPE: &str = "should be a string or a list of strings and {\"text\", \"times\"}";
    let parts = match value {
        Value::String(text) => return Ok(Text(vec![(text.clone(), 1)])),
        Value::Array(parts) => parts,
        _ => return fields.wrong(name, SHAPE),
    };
    let part = |part: &Value| match part {
        Value::String(text) => Some((text.clone(), 1)),
        Value::Object(part) => Some((
            part.get("text")?.as_str()?.to_owned(),
            whole(part.get("times")?)?,
        )),
        _ => None,
    };
    parts
        .iter()
        .map(part)
        .collect::<Option<_>>()
        .map_or_else(|| fields.wrong(name, SHAPE), |parts| Ok(Text(parts)))
}

fn response(fields: &Fields<'_>) -> Result<ResponseTemplate, FormatError> {
    let fields = Fields::of(fields.need("response")?, fields.place("response"))?;
    let content = match (fields.get("text"), fields.get("body")) {
        (Some(value), _) => Content::Text(text(&fields, "text", value)?),
        (None, Some(value)) => Content::Json(value.clone()),
        (None, None) => Content::Any,
    };
    let style = match fields.text_or_empty("json_style")?.as_str() {
        "" => None,
        "compact" => Some(Style::Compact),
        "spaced" => Some(Style::Spaced),
        _ => return fields.wrong("json_style", "should be compact or spaced"),
    };
    Ok(ResponseTemplate {
        status: fields.whole("status")?,
        headers: header_templates(&fields)?,
        absent_headers: fields.texts("absent_headers")?,
        key_order: fields.flag("key_order")?,
        style,
        unordered: fields.texts("unordered")?,
        content,
    })
}

fn header_templates(fields: &Fields<'_>) -> Result<Vec<(String, String)>, FormatError> {
    let template = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => Ok((name.clone(), text.to_owned())),
        None => fields.wrong("headers", "should hold strings"),
    };
    fields
        .members("headers")?
        .into_iter()
        .map(template)
        .collect()
}

fn runs(fields: &Fields<'_>) -> Result<Vec<(u16, usize)>, FormatError> {
    let run = |value: &Value| match value.as_array() {
        Some([status, count]) => Some((whole(status)?, whole(count)?)),
        _ => None,
    };
    let runs = fields
        .items("statuses")?
        .iter()
        .map(run)
        .collect::<Option<Vec<_>>>();
    runs.map_or_else(
        || fields.wrong("statuses", "should be a list of [status, count]"),
        Ok,
    )
}

fn parallel(fields: &Fields<'_>) -> Result<Action, FormatError> {
    let requests = fields
        .items("parallel")?
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let place = fields.place(&format!("parallel[{index}]"));
            request(&Fields::of(value, place)?)
        });
    let status = |name: &str, text: &str| {
        text.parse()
            .or_else(|_| fields.wrong(name, "should have statuses as keys"))
    };
    let expect = fields
        .members("expect")?
        .into_iter()
        .map(|(name, value)| match count(value) {
            Some(count) => Ok((status("expect", name)?, count)),
            None => fields.wrong("expect", "should hold counts such as 3 or \"1+\""),
        });
    let bodies = fields
        .members("bodies")?
        .into_iter()
        .map(|(name, value)| Ok((status("bodies", name)?, value.clone())));
    let values = fields.members("values")?.into_iter().map(|(name, value)| {
        let numbers = value
            .as_array()
            .and_then(|values| values.iter().map(whole).collect::<Option<_>>());
        numbers.map_or_else(
            || fields.wrong("values", "should hold lists of integers"),
            |numbers| Ok((name.clone(), numbers)),
        )
    });
    Ok(Action::Parallel {
        requests: requests.collect::<Result<_, _>>()?,
        expect: expect.collect::<Result<_, _>>()?,
        bodies: bodies.collect::<Result<_, _>>()?,
        values: values.collect::<Result<_, _>>()?,
    })
}

fn count(value: &Value) -> Option<Count> {
    let text = value.display();
    match text.strip_suffix('+') {
        Some(number) => number.parse().ok().map(Count::AtLeast),
        None => text.parse().ok().map(Count::Exactly),
    }
}

fn deliveries(fields: &Fields<'_>) -> Result<Action, FormatError> {
    let expected = fields
        .items("deliveries")?
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let delivery = Fields::of(value, fields.place(&format!("deliveries[{index}]")))?;
            let body = delivery.need("body")?;
            if body.get("type").and_then(Value::as_str).is_none() {
                return delivery.wrong("body", "should have a type");
            }
            Ok((header_templates(&delivery)?, body.clone()))
        });
    Ok(Action::Deliveries {
        expected: expected.collect::<Result<_, _>>()?,
        within: if fields.get("within_seconds").is_some() {
            fields.seconds("within_seconds")?
        } else {
            Duration::from_secs(10)
        },
        quiet: fields
            .get("quiet_seconds")
            .map(|_| fields.seconds("quiet_seconds"))
            .transpose()?,
        secret: fields
            .get("secret")
            .map(|_| fields.text("secret"))
            .transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn scenario(steps: &str) -> Result<Scenario, FormatError> {
        Scenario::from_json(
            &parse(&format!(
                r#"{{"name":"a/b","fixture":{{}},"steps":{steps}}}"#
            ))
            .unwrap(),
        )
    }

    #[test]
    fn a_problem_names_its_place() {
        for (steps, message) in [
            (
                r#"[{"request":{"method":"GET","path":"/"}}]"#,
                "$.steps[0].response: is missing",
            ),
            (
                r#"[{"request":{"path":"/"},"response":{"status":200}}]"#,
                "$.steps[0].request.method: is missing",
            ),
            (
                r#"[{"request":{"method":"GET","path":"/"},"response":{"status":"x"}}]"#,
                "$.steps[0].response.status: should be an integer",
            ),
            (
                r#"[{"eventually":{"name":"x","request":{"method":"GET","path":"/"},"response":{"status":200}}}]"#,
                "$.steps[0].within_seconds: is missing",
            ),
            (r#"[3]"#, "$.steps[0]: should be an object"),
        ] {
            assert_eq!(scenario(steps).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn long_texts_are_written_short() {
        let read = scenario(r#"[{"request":{"method":"POST","path":"/","body":["[",{"text":"ab","times":3},"]"]},"response":{"status":200}}]"#).unwrap();
        let Action::Ask(ExchangeTemplate {
            request:
                RequestTemplate {
                    body: Some(BodyTemplate::Text(text)),
                    ..
                },
            ..
        }) = &read.steps[0].action
        else {
            panic!("a text was written")
        };
        assert_eq!(text.join(), "[ababab]");
        assert_eq!(read.steps[0].name, "step 1");
    }

    #[test]
    fn counts_are_exact_or_at_least() {
        assert!(Count::Exactly(3).allows(3) && !Count::Exactly(3).allows(4));
        assert!(Count::AtLeast(1).allows(2) && !Count::AtLeast(1).allows(0));
        assert_eq!(count(&Value::from("1+")), Some(Count::AtLeast(1)));
    }
}
