//! `qudao merge` and `unmerge`: records become one, and one comes out again.

use qudao::model::{Command, Decision, FieldName, RecordId, RecordKey};

use super::steward::session;
use crate::args::{MergeArgs, UnmergeArgs};
use crate::console::Console;
use crate::data;
use crate::exit;
use crate::fault::Fault;

fn id(text: &str) -> Result<RecordId, Fault> {
    Ok(RecordId::new(text).map_err(qudao::Error::from)?)
}

/// Merges records into a master.
pub(crate) fn merge(args: &MergeArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let session = session(&args.database, &args.actor, console)?;
    let others = args.others.iter().map(|o| id(o)).collect::<Result<Vec<_>, _>>()?;
    let command = Command::merge(data::object(&args.object)?, id(&args.master)?, others);
    let decision = if args.check {
        session.check(&command, console.now)?
    } else {
        session.submit(command, console.now)?
    };
    tell(&decision, args.check, console)
}

/// Takes a merged record out.
pub(crate) fn unmerge(args: &UnmergeArgs, console: &mut Console<'_>) -> Result<u8, Fault> {
    let session = session(&args.database, &args.actor, console)?;
    let take = args
        .take
        .iter()
        .map(|f| FieldName::new(f).map_err(qudao::Error::from))
        .collect::<Result<Vec<_>, _>>()?;
    let record = RecordKey { object: data::object(&args.object)?, id: id(&args.id)? };
    let command = Command::unmerge(record).taking(take);
    let decision = if args.check {
        session.check(&command, console.now)?
    } else {
        session.submit(command, console.now)?
    };
    tell(&decision, args.check, console)
}

/// Which records were touched, and what stood in the way.
fn tell(decision: &Decision, check: bool, console: &mut Console<'_>) -> Result<u8, Fault> {
    let locale = console.locale.clone();
    let allowed = decision.is_allowed();
    if console.json {
        let findings: Vec<serde_json::Value> = decision
            .violations()
            .iter()
            .map(|v| {
                serde_json::json!({
                    "code": v.code, "rule": v.rule, "severity": v.severity, "text": v.text(&locale),
                    "fix": v.fix(&locale),
                })
            })
            .collect();
        let records: Vec<String> =
            if allowed { decision.records.iter().map(ToString::to_string).collect() } else { Vec::new() };
        console.document(
            &serde_json::json!({"ok": allowed, "checked": check, "records": records, "findings": findings}),
        )?;
    } else {
        for violation in decision.violations() {
            let text = violation.text(&locale);
            console.line(match violation.fix(&locale).filter(|f| !f.is_empty()) {
                Some(fix) => format!("{}: {text} ({fix})", violation.severity),
                None => format!("{}: {text}", violation.severity),
            })?;
        }
        let n = decision.records.len();
        if allowed {
            for record in &decision.records {
                console.line(format!("  {record}"))?;
            }
        }
        console.line(match (allowed, check, locale.is_chinese()) {
            (true, false, false) => format!("done; records touched: {n}"),
            (true, false, true) => format!("完成，涉及记录 {n} 条"),
            (true, true, false) => format!("nothing stands in the way; records that would be touched: {n}"),
            (true, true, true) => format!("可以执行，将涉及记录 {n} 条"),
            (false, _, false) => "refused; nothing was changed".to_owned(),
            (false, _, true) => "已拒绝，未作任何更改".to_owned(),
        })?;
    }
    Ok(if allowed { exit::OK } else { exit::FINDINGS })
}
