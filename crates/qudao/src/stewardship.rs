//! The audit of stewardship, and what may be done about its findings.

use qudao_model::{
    Command, Dataset, FieldName, FieldType, Hash, IdempotencyKey, Instant, Locale, Patch, Value,
};
use qudao_quality::{AuditFinding, StewardAction};

use crate::engine::Engine;
use crate::error::Error;
use crate::session::Session;

impl Engine {
    /// Audits records by the rules of stewardship: which nobody owns, which lie idle, which are due for review. Each
    /// finding says whose it is, by when, and what is proposed.
    ///
    /// ```
    /// use qudao::prelude::*;
    ///
    /// let engine = Engine::from_yaml("qudao: 1\nstewardship: [{id: owned, object: account, owned: true, then: assign}]")?;
    /// let account = "account".parse()?;
    /// let rows = engine.rows(&account, [[("name", Value::text("Acme"))]])?;
    /// let now = Instant::parse("2026-01-01T00:00:00Z").ok_or("a time")?;
    /// let found = engine.audit(&rows.to_dataset(), now)?;
    /// assert_eq!(found[0].due_on.to_string(), "2026-01-15");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Quality`] when a condition needs a table that is not given.
    pub fn audit(&self, data: &Dataset, now: Instant) -> Result<Vec<AuditFinding>, Error> {
        let mut found = self.stewardship().audit(data, now, self.zone())?;
        for finding in &mut found {
            self.word(&mut finding.violation);
        }
        Ok(found)
    }

    /// The finding as a task in the list of its owner: a command that makes an activity with a due date. Sent again
    /// for the same state of things, it makes no second one.
    ///
    /// # Errors
    /// [`Error::UnknownObject`] when the Blueprint has no activities.
    pub fn audit_task(&self, finding: &AuditFinding, locale: &Locale) -> Result<Command, Error> {
        let schema = self.schema().object("activity").ok_or_else(|| self.unknown_object("activity"))?.clone();
        let mut patch = Patch::new();
        let mut set = |field: &str, value: Value| -> Result<(), Error> {
            if schema.field(field).is_some() {
                patch.set.insert(FieldName::new(field)?, value);
            }
            Ok(())
        };
        let text = finding.violation.text(locale);
        set("subject", Value::text(text))?;
        set("kind", Value::text("task"))?;
        set("due_on", Value::Date(finding.due_on))?;
        if let Some(owner) = &finding.owner {
            set("owner", Value::Reference(owner.clone()))?;
        }
        let about = schema
            .fields
            .iter()
            .find(|f| matches!(&f.ty, FieldType::Reference(object) if *object == finding.record.object));
        if let Some(about) = about {
            set(about.name.as_str(), Value::Reference(finding.record.id.clone()))?;
        }
        let since = finding.since.map_or(0, Instant::micros);
        let state = format!(
            "{}\n{}\n{}\n{since}\n{}",
            finding.violation.rule,
            finding.record.object,
            finding.record.id,
            finding.owner.as_ref().map_or("", |o| o.as_str()),
        );
        let key = IdempotencyKey::new(format!("audit:{}", Hash::of(state.as_bytes())))?;
        Ok(Command::create(schema.name.clone(), patch).with_key(key))
    }

    /// What a take-back proposes: a command that takes the record from its owner. None where nothing is taken back.
    #[must_use]
    pub fn audit_take_back(&self, finding: &AuditFinding) -> Option<Command> {
        if finding.action != StewardAction::TakeBack || finding.owner.is_none() {
            return None;
        }
        let mut patch = Patch::new();
        patch.set.insert(FieldName::new("owner").ok()?, Value::Missing);
        Some(Command::update(finding.record.clone(), patch))
    }
}

impl Session {
    /// Audits the records that the actor sees.
    ///
    /// # Errors
    /// As [`Engine::audit`]; [`Error::Store`] when the database cannot be read.
    pub fn audit(&self, now: Instant) -> Result<Vec<AuditFinding>, Error> {
        let (data, seen) = self.state()?;
        let mut found = self.workspace().engine().audit(&data, now)?;
        found.retain(|f| seen.contains(&f.record));
        Ok(found)
    }
}
