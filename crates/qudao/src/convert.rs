//! Lead conversion: an account, a contact and an opportunity of a lead, in one decision.

use qudao_model::{Operation, Patch, Record, RecordId, RecordKey, Value, Violation};

use crate::decide::Pass;
use crate::draft::{Draft, Target, rule_id};
use crate::error::Error;

/// Fields of a lead that go into the account made of it, beside the company name.
const TO_ACCOUNT: [&str; 8] =
    ["phone", "address", "city", "country", "industry", "partner", "territory", "owner"];
/// Fields of a lead that go into the contact made of it.
const TO_CONTACT: [&str; 6] = ["name", "job_title", "phone", "email", "opt_out", "owner"];
/// Fields of a lead that go into the opportunity made of it.
const TO_OPPORTUNITY: [&str; 6] = ["partner", "territory", "product", "source", "campaign", "owner"];

pub(crate) fn run(
    pass: &mut Pass<'_>,
    lead: &RecordId,
    expected_version: Option<u64>,
    account: Option<&RecordId>,
    contact: Option<&RecordId>,
    opportunity: Option<&Patch>,
) -> Result<(), Error> {
    let names = pass.engine.names().clone();
    let lead = pass.load(&RecordKey { object: names.lead.clone(), id: lead.clone() })?;
    if lead.get("status").as_text() == Some("converted") {
        let v = Violation::new("lead.already_converted", rule_id("lead.convert"), names.lead.clone());
        pass.add_problem(v.record(lead.id().clone()));
        return Ok(());
    }

    let account = match account {
        Some(id) => pass.load(&RecordKey { object: names.account.clone(), id: id.clone() })?.id().clone(),
        None => {
            let mut draft = pass.new_draft(&names.account, None, Operation::Convert, Target::Stay)?;
            copy(pass, &lead, &mut draft, &TO_ACCOUNT);
            draft.set_system("name", title(pass, &lead));
            let id = draft.after.id().clone();
            pass.save(draft)?;
            id
        }
    };
    let contact = match contact {
        Some(id) => pass.load(&RecordKey { object: names.contact.clone(), id: id.clone() })?.id().clone(),
        None => {
            let mut draft = pass.new_draft(&names.contact, None, Operation::Convert, Target::Stay)?;
            copy(pass, &lead, &mut draft, &TO_CONTACT);
            draft.set_system("account", account.clone());
            let id = draft.after.id().clone();
            pass.save(draft)?;
            id
        }
    };
    let opportunity = match opportunity {
        None => None,
        Some(patch) => {
            let mut draft =
                pass.new_draft(&names.opportunity, None, Operation::Convert, Target::Begin(None))?;
            copy(pass, &lead, &mut draft, &TO_OPPORTUNITY);
            draft.set_system("account", account.clone());
            draft.set_system("lead", lead.id().clone());
            draft.set_system("name", title(pass, &lead));
            pass.apply(&mut draft, patch);
            let id = draft.after.id().clone();
            pass.save(draft)?;
            Some(id)
        }
    };

    let mut draft = Draft::new(Some(lead.clone()), lead, Operation::Convert, Target::Stay);
    pass.expect_version(&mut draft, expected_version);
    draft.set_system("status", "converted");
    draft.set_system("converted_at", pass.occurred_at);
    draft.set_system("converted_account", account);
    draft.set_system("converted_contact", contact);
    draft.set_system("converted_opportunity", opportunity.map_or(Value::Missing, Value::Reference));
    pass.save(draft)?;
    Ok(())
}

/// The company of a lead, else the person.
fn title(pass: &Pass<'_>, lead: &Record) -> Value {
    let company = readable(pass, lead, "company");
    if company.is_blank() { readable(pass, lead, "name") } else { company }.clone()
}

fn copy(pass: &Pass<'_>, lead: &Record, draft: &mut Draft, fields: &[&str]) {
    for field in fields {
        let value = readable(pass, lead, field);
        if !value.is_blank() {
            draft.set_system(field, value.clone());
        }
    }
}

/// What the converter may read of the lead: what is hidden there does not come out in another record.
fn readable<'a>(pass: &Pass<'_>, lead: &'a Record, field: &str) -> &'a Value {
    let masked = pass.engine.roles().masked(pass.asking.actor, lead.schema());
    if masked.iter().any(|m| m.as_str() == field) { &Value::Missing } else { lead.get(field) }
}
