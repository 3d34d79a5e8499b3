//! The one error of the crate.

use std::path::Path;

use qudao_expr::{EvalError, ExprIssue};
use qudao_match::MatchError;
use qudao_metrics::MetricsError;
use qudao_model::{
    DatasetError, IdError, Lint, LocalText, Locale, ObjectName, Param, Params, Severity, StateError,
    Violation, codes,
};
use qudao_pipeline::PipelineError;
use qudao_quality::QualityError;
use qudao_store::StoreError;

/// What can go wrong beside a refusal: misuse, a wrong Blueprint, a fault of the machine, or a bug.
/// A refusal is a [`Decision`](qudao_model::Decision), not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A Blueprint with errors; all of them.
    #[error("{}", lints_text(.name, .lints))]
    Blueprint {
        /// The name of the document.
        name: String,
        /// What is wrong, and what is remarkable.
        lints: Vec<Lint>,
    },
    /// No such object in the Blueprint.
    #[error("there is no object {name}")]
    UnknownObject {
        /// The name asked for.
        name: String,
        /// The nearest name.
        suggestion: Option<String>,
    },
    /// No such field on the object.
    #[error("{object} has no field {name}")]
    UnknownField {
        /// The object.
        object: ObjectName,
        /// The name asked for.
        name: String,
        /// The nearest name.
        suggestion: Option<String>,
    },
    /// No such record, or none that the actor may see: both answer alike.
    #[error("no such {}", .label.get_or(&Locale::en(), .object.as_str()))]
    NotFound {
        /// The object.
        object: ObjectName,
        /// The company's word for it.
        label: LocalText,
    },
    /// The actor may not read this field, so neither filter nor group by it.
    #[error("{object}.{field} may not be read")]
    Masked {
        /// The object.
        object: ObjectName,
        /// The field.
        field: String,
    },
    /// The actor may not do this.
    #[error("not allowed: {action}")]
    Denied {
        /// What was asked for.
        action: &'static str,
    },
    /// An actor without a user record, in a Blueprint with roles.
    #[error("there is no user record for this actor, and no roles were given")]
    UnknownActor,
    /// A rule reads the clock and no time was given.
    #[error("a rule or metric reads the clock: give `now`")]
    NowRequired,
    /// A condition that does not compile.
    #[error("the condition is not valid: {}", issues_text(.issues))]
    Condition {
        /// What is wrong with it.
        issues: Vec<ExprIssue>,
    },
    /// A text that is not an id.
    #[error("not an id: {0}")]
    Id(#[from] IdError),
    /// An expression that could not be evaluated.
    #[error("{0}")]
    Eval(EvalError),
    /// Records that do not form a dataset.
    #[error("{0}")]
    Dataset(#[from] DatasetError),
    /// A validation that could not run.
    #[error("{0}")]
    Quality(QualityError),
    /// A metric that could not be computed.
    #[error("{0}")]
    Metrics(MetricsError),
    /// The state could not be read.
    #[error("{0}")]
    State(#[from] StateError),
    /// The database failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The database was written under another Blueprint.
    #[error("the database was written under another Blueprint: preview the change and migrate")]
    BlueprintChanged {
        /// The hash of the stored one.
        stored: String,
        /// The hash of the given one.
        given: String,
    },
    /// The Blueprint has no matching rule for an object.
    #[error("there is no matching rule for {object}")]
    NoMatchingRule {
        /// The object.
        object: ObjectName,
    },
    /// Clusters should keep their ids, and a row has none by which that could be done.
    #[error("row {row} has no id")]
    RowWithoutId {
        /// The 0-based row.
        row: usize,
    },
    /// Nothing was done under this name, or nothing that the actor may see.
    #[error("there is no batch {batch}")]
    UnknownBatch {
        /// The name asked for.
        batch: String,
    },
    /// A comparison that cannot be made.
    #[error("{0}")]
    Matching(#[from] MatchError),
    /// A record that no process takes, or several.
    #[error("{}", .finding.text(&Locale::en()))]
    NoProcess {
        /// Why.
        finding: Box<Violation>,
    },
    /// A gate that cannot be asked.
    #[error("{0}")]
    Pipeline(#[from] PipelineError),
    /// A row of stage visits that names no record, no known stage or no time of entering.
    #[error("row {row} of the visits: `{field}` is missing or unknown")]
    BadVisit {
        /// The 0-based row.
        row: usize,
        /// The column.
        field: &'static str,
    },
    /// A file could not be read or written.
    #[error("{path}: {detail}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        detail: String,
    },
    /// A file that is not UTF-8 text.
    #[error("{path}: not UTF-8 text")]
    NotText {
        /// The file.
        path: String,
    },
    /// An import file or mapping that cannot be used as a whole. Single bad rows are rejects, not errors.
    #[error("{detail}")]
    Import {
        /// A stable code, such as `import.unknown_column`.
        code: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// A bug in qudao.
    #[error("internal error: {detail}")]
    Internal {
        /// What went wrong.
        detail: String,
    },
}

impl Error {
    /// A stable dotted code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blueprint { .. } => "blueprint.invalid",
            Self::UnknownObject { .. } => "object.unknown",
            Self::UnknownField { .. } => "field.unknown",
            Self::NotFound { .. } => "record.not_found",
            Self::Masked { .. } => "field.masked",
            Self::Denied { .. } => "access.denied",
            Self::UnknownActor => "actor.unknown",
            Self::NowRequired => "now_required",
            Self::Condition { .. } => "condition.invalid",
            Self::Id(_) => "id.invalid",
            Self::Eval(e) => e.code(),
            Self::Dataset(e) => e.code(),
            Self::Quality(e) => e.code(),
            Self::Metrics(e) => e.code(),
            Self::State(e) => e.code,
            Self::Store(e) => e.code(),
            Self::BlueprintChanged { .. } => "blueprint.changed",
            Self::NoMatchingRule { .. } => "matching.no_rule",
            Self::RowWithoutId { .. } => "matching.no_id",
            Self::UnknownBatch { .. } => "batch.unknown",
            Self::Matching(e) => e.code(),
            Self::NoProcess { .. } => "process.none_chosen",
            Self::Pipeline(e) => e.code(),
            Self::BadVisit { .. } => "visit.bad_row",
            Self::Io { .. } => "io.failed",
            Self::NotText { .. } => "io.not_text",
            Self::Import { code, .. } => code,
            Self::Internal { .. } => "internal.error",
        }
    }

    /// What the text speaks of, by name.
    #[must_use]
    pub fn params(&self) -> Params {
        let mut params = match self {
            Self::Eval(e) => return e.params(),
            Self::Metrics(e) => return e.params(),
            Self::Store(e) => return e.params(),
            Self::NotFound { object, label } => {
                let word = match label.is_empty() {
                    true => Param::from(object.as_str()),
                    false => Param::Text(label.clone()),
                };
                return Params::from([("object".to_owned(), word)]);
            }
            _ => Params::new(),
        };
        let mut put = |name: &str, value: &str| {
            params.insert(name.to_owned(), value.into());
        };
        match self {
            Self::Blueprint { name, .. } => put("name", name),
            Self::UnknownObject { name, suggestion } => {
                put("name", name);
                if let Some(s) = suggestion {
                    put("suggestion", s);
                }
            }
            Self::UnknownField { object, name, suggestion } => {
                put("object", object.as_str());
                put("name", name);
                if let Some(s) = suggestion {
                    put("suggestion", s);
                }
            }
            Self::Masked { object, field } => {
                put("object", object.as_str());
                put("field", field);
            }
            Self::Denied { action } => put("action", action),
            Self::BlueprintChanged { stored, given } => {
                put("stored", stored);
                put("given", given);
            }
            Self::Io { path, detail } => {
                put("path", path);
                put("detail", detail);
            }
            Self::NotText { path } => put("path", path),
            Self::Import { detail, .. } => put("detail", detail),
            Self::NoMatchingRule { object } => put("object", object.as_str()),
            Self::RowWithoutId { row } => put("row", &row.to_string()),
            Self::UnknownBatch { batch } => put("batch", batch),
            Self::Quality(QualityError::MissingTable { rule, object })
            | Self::Matching(MatchError::WrongObject { rule, object }) => {
                put("rule", rule.as_str());
                put("object", object.as_str());
            }
            Self::Matching(MatchError::UnknownRule { rule }) => put("name", rule.as_str()),
            Self::Matching(MatchError::BadLabel { row }) => put("row", &row.to_string()),
            Self::Matching(
                MatchError::ContradictoryLabels { left, right } | MatchError::RepeatedId { left, right },
            ) => {
                put("left", &left.to_string());
                put("right", &right.to_string());
            }
            Self::Matching(MatchError::TooManyRecords { max }) => put("max", &max.to_string()),
            Self::Pipeline(PipelineError::MissingTable { object }) => put("object", object.as_str()),
            Self::Pipeline(
                PipelineError::UnknownProcess { process } | PipelineError::WrongObject { process, .. },
            ) => put("process", process.as_str()),
            Self::BadVisit { row, field } => {
                put("row", &row.to_string());
                put("field", field);
            }
            _ => put("detail", &self.to_string()),
        }
        params
    }

    /// What went wrong, for a person.
    #[must_use]
    pub fn text(&self, locale: &Locale) -> String {
        match self {
            Self::Blueprint { name, lints } => lints_in(name, lints, locale),
            Self::Condition { issues } => {
                issues.iter().map(|i| i.text(locale)).collect::<Vec<_>>().join("; ")
            }
            Self::Id(error) => {
                let detail = Param::Text(error.words());
                codes::render(self.code(), &Params::from([("detail".to_owned(), detail)]), locale)
            }
            _ if codes::lookup(self.code()).is_some() => codes::render(self.code(), &self.params(), locale),
            _ => self.to_string(),
        }
    }

    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io { path: path.display().to_string(), detail: error.to_string() }
    }
}

impl From<EvalError> for Error {
    fn from(error: EvalError) -> Self {
        if matches!(error, EvalError::NowRequired { .. }) { Self::NowRequired } else { Self::Eval(error) }
    }
}

impl From<QualityError> for Error {
    fn from(error: QualityError) -> Self {
        if matches!(error, QualityError::NowRequired { .. }) {
            Self::NowRequired
        } else {
            Self::Quality(error)
        }
    }
}

impl From<MetricsError> for Error {
    fn from(error: MetricsError) -> Self {
        Self::Metrics(error)
    }
}

fn lints_text(name: &str, lints: &[Lint]) -> String {
    lints_in(name, lints, &Locale::en())
}

fn lints_in(name: &str, lints: &[Lint], locale: &Locale) -> String {
    let lines: Vec<String> = lints
        .iter()
        .filter(|l| l.severity == Severity::Error)
        .map(|l| {
            let place = l.position.map_or_else(String::new, |p| format!(":{p}"));
            let fix = l.fix(locale).map_or_else(String::new, |f| format!(" ({f})"));
            let path = if l.path.is_empty() { String::new() } else { format!(" [{}]", l.path) };
            format!("{name}{place}: {}{fix}{path}", l.text(locale))
        })
        .collect();
    lines.join("\n")
}

fn issues_text(issues: &[ExprIssue]) -> String {
    issues.iter().map(|i| i.text(&Locale::en())).collect::<Vec<_>>().join("; ")
}
