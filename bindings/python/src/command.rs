//! Commands from Python.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString, PyType};
use qudao::model::{
    ActorId, Command, CommandKind, FieldName, Grant, HistoryVisit, IdempotencyKey, Instant, ObjectName,
    Operation, Patch, ProcessId, RecordId, RecordKey, RuleId, StageId,
};

use crate::convert::{self, pairs, type_name};
use crate::error::Fault;

struct Given<'a, 'py>(&'a Bound<'py, PyAny>);

impl<'py> Given<'_, 'py> {
    fn item(&self, name: &str) -> Result<Bound<'py, PyAny>, Fault> {
        Ok(self.0.getattr(name)?)
    }

    fn some(&self, name: &str) -> Result<Option<Bound<'py, PyAny>>, Fault> {
        Ok(Some(self.item(name)?).filter(|v| !v.is_none()))
    }

    fn text(&self, name: &str) -> Result<String, Fault> {
        let item = self.item(name)?;
        item.extract().map_err(|_| {
            Fault::input("command.bad_argument", format!("{name}: expected a text, not {}", type_name(&item)))
                .with("name", name)
        })
    }

    fn opt_text(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.some(name)? {
            None => Ok(None),
            Some(_) => self.text(name).map(Some),
        }
    }

    /// Several texts; a single text is refused, since its letters would be taken for them.
    fn texts(&self, name: &str) -> Result<Vec<String>, Fault> {
        let item = self.item(name)?;
        let found = type_name(&item);
        let bad = || {
            Fault::input("command.bad_argument", format!("{name}: expected a list of texts, not {found}"))
                .with("name", name)
        };
        if item.cast::<PyString>().is_ok() {
            return Err(bad());
        }
        let mut out = Vec::new();
        for text in item.try_iter().map_err(|_| bad())? {
            out.push(text?.extract().map_err(|_| bad())?);
        }
        Ok(out)
    }

    fn version(&self) -> Result<Option<u64>, Fault> {
        Ok(self.some("expected_version")?.map(|v| v.extract()).transpose()?)
    }

    fn patch(&self, name: &str) -> Result<Patch, Fault> {
        patch(&self.item(name)?)
    }

    fn id(&self) -> Result<Option<RecordId>, Fault> {
        Ok(self.opt_text("id")?.map(RecordId::new).transpose()?)
    }

    fn key(&self) -> Result<RecordKey, Fault> {
        let object = ObjectName::new(self.text("object")?)?;
        Ok(RecordKey { object, id: RecordId::new(self.text("id")?)? })
    }

    fn object(&self) -> Result<ObjectName, Fault> {
        Ok(ObjectName::new(self.text("object")?)?)
    }

    fn at(&self, name: &str) -> Result<Option<Instant>, Fault> {
        convert::moment(self.some(name)?.as_ref())
    }
}

/// Changes of fields: what is `None` is unset.
pub(crate) fn patch(values: &Bound<'_, PyAny>) -> Result<Patch, Fault> {
    let mut patch = Patch::new();
    for (name, obj) in pairs(values, "values")? {
        let value = convert::cell(&obj)?.map_err(|issue| Fault::value(&name, &issue))?;
        patch.set.insert(FieldName::new(&name)?, value);
    }
    Ok(patch)
}

fn visits(list: &Bound<'_, PyAny>) -> Result<Vec<HistoryVisit>, Fault> {
    let mut out = Vec::new();
    for item in list.try_iter()? {
        let item = item?;
        let given = Given(&item);
        let entered = given.at("entered")?.ok_or_else(|| {
            Fault::input("visit.bad_row", "a visit of a history says when the stage was entered")
        })?;
        out.push(HistoryVisit {
            stage: StageId::new(given.text("stage")?)?,
            entered,
            left: given.at("left")?,
            reason: given.opt_text("reason")?,
        });
    }
    Ok(out)
}

fn grant(given: &Given<'_, '_>, now: Instant) -> Result<Grant, Fault> {
    let id = match given.opt_text("grant_id")? {
        Some(id) => id,
        None => given.0.py().import("uuid")?.call_method0("uuid4")?.str()?.to_string(),
    };
    Ok(Grant {
        id,
        record: given.key()?,
        rule: RuleId::new(given.text("rule")?)?,
        // The session that gives it says by whom and when.
        granted_by: ActorId::new("session")?,
        granted_to: given.opt_text("to")?.map(ActorId::new).transpose()?,
        reason: given.text("reason")?,
        expires_at: given.at("expires_at")?,
        granted_at: now,
    })
}

/// Pairs of object and id.
fn children(list: &Bound<'_, PyAny>) -> Result<Vec<RecordKey>, Fault> {
    let mut out = Vec::new();
    for item in list.try_iter()? {
        let (object, id): (String, String) = item?.extract().map_err(|_| {
            Fault::input("command.bad_argument", "children: expected pairs of object and id")
                .with("name", "children")
        })?;
        out.push(RecordKey { object: ObjectName::new(object)?, id: RecordId::new(id)? });
    }
    Ok(out)
}

fn kind(given: &Given<'_, '_>, now: Instant) -> Result<CommandKind, Fault> {
    let unknown = || {
        let found = type_name(given.0);
        Fault::input("command.unknown", format!("expected a command, such as qudao.Create, not {found}"))
            .with("type", found)
    };
    if given.0.cast::<PyType>().is_ok() {
        return Err(unknown());
    }
    let Ok(name) = given.0.getattr(intern!(given.0.py(), "kind")).and_then(|k| k.extract::<String>()) else {
        return Err(unknown());
    };
    Ok(match name.as_str() {
        "create" => CommandKind::Create {
            object: given.object()?,
            id: given.id()?,
            patch: given.patch("values")?,
            stage: given.opt_text("stage")?.map(StageId::new).transpose()?,
        },
        "update" => CommandKind::Update {
            record: given.key()?,
            expected_version: given.version()?,
            patch: given.patch("values")?,
        },
        "advance" => CommandKind::Advance {
            record: given.key()?,
            to: StageId::new(given.text("to")?)?,
            expected_version: given.version()?,
            patch: given.patch("values")?,
        },
        "convert" => CommandKind::Convert {
            lead: RecordId::new(given.text("lead")?)?,
            expected_version: given.version()?,
            account: given.opt_text("account")?.map(RecordId::new).transpose()?,
            contact: given.opt_text("contact")?.map(RecordId::new).transpose()?,
            opportunity: given.some("opportunity")?.map(|o| patch(&o)).transpose()?,
        },
        "import_history" => CommandKind::ImportHistory {
            object: given.object()?,
            id: given.id()?,
            patch: given.patch("values")?,
            process: given.opt_text("process")?.map(ProcessId::new).transpose()?,
            visits: visits(&given.item("visits")?)?,
        },
        "merge" => CommandKind::Merge {
            object: given.object()?,
            master: RecordId::new(given.text("master")?)?,
            others: given
                .texts("others")?
                .into_iter()
                .map(RecordId::new)
                .collect::<Result<_, _>>()
                .map_err(Fault::from)?,
            expected_version: given.version()?,
        },
        "unmerge" => CommandKind::Unmerge {
            record: given.key()?,
            expected_version: given.version()?,
            take: given
                .texts("take")?
                .into_iter()
                .map(FieldName::new)
                .collect::<Result<_, _>>()
                .map_err(Fault::from)?,
            children: children(&given.item("children")?)?,
        },
        "give_grant" => CommandKind::GiveGrant { grant: grant(given, now)? },
        _ => return Err(unknown()),
    })
}

/// Reads a command.
pub(crate) fn read(obj: &Bound<'_, PyAny>, now: Instant) -> Result<Command, Fault> {
    let given = Given(obj);
    let mut command = Command::new(kind(&given, now)?);
    command.occurred_at = given.at("occurred_at")?;
    command.key = given.opt_text("key")?.map(IdempotencyKey::new).transpose()?;
    for item in given.item("acknowledge")?.try_iter()? {
        let item = item?;
        // A rule alone acknowledges whatever it warns of.
        let (rule, records) = match item.extract::<String>() {
            Ok(rule) => (rule, Vec::new()),
            Err(_) => item.extract::<(String, Vec<String>)>().map_err(|_| {
                Fault::input(
                    "command.bad_argument",
                    "acknowledge: expected rule ids, or pairs of a rule and records",
                )
                .with("name", "acknowledge")
            })?,
        };
        let records: Result<Vec<RecordId>, _> = records.iter().map(RecordId::new).collect();
        command = command.acknowledging(RuleId::new(rule)?, records?);
    }
    command.operation = match given.opt_text("operation")?.as_deref() {
        None => None,
        Some("insert") => Some(Operation::Insert),
        Some("update") => Some(Operation::Update),
        Some("import") => Some(Operation::Import),
        Some("sync") => Some(Operation::Sync),
        Some(_) => {
            let text = "operation: expected insert, update, import or sync";
            return Err(Fault::input("command.bad_argument", text).with("name", "operation"));
        }
    };
    Ok(command)
}
