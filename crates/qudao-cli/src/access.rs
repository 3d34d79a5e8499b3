//! Who acts on a database.

use qudao::prelude::{Actor, ActorId, RoleName, Session, Workspace};
use qudao::{Engine, Error};

use crate::args::ActorArgs;
use crate::console::Console;
use crate::fault::Fault;

/// The actor of the program itself, where none is named.
const OWN: &str = "qudao-cli";

/// The actor of the command line: with the roles named; else as the user record says; else, for the program's own
/// actor, with the roles that may import records with their past.
pub(crate) fn actor(engine: &Engine, args: &ActorArgs) -> Result<Actor, Fault> {
    let mut actor = Actor::new(ActorId::new(&args.actor).map_err(Error::from)?);
    let declared = engine.roles().declared();
    for text in &args.role {
        let role = RoleName::new(text).map_err(Error::from)?;
        if !declared.contains_key(&role) {
            let near = qudao::text::did_you_mean(text, declared.keys().map(RoleName::as_str));
            let near = near.map_or_else(String::new, |n| format!(" (did you mean {n}?)"));
            return Err(Fault::Usage(format!("--role: the Blueprint has no role {text}{near}")));
        }
        actor.roles.insert(role);
    }
    if args.role.is_empty() && args.actor == OWN {
        let importers = declared.iter().filter(|(_, spec)| spec.import_history);
        actor.roles.extend(importers.map(|(name, _)| name.clone()));
    }
    Ok(actor)
}

/// The session of the command line.
pub(crate) fn session(
    workspace: &Workspace,
    args: &ActorArgs,
    console: &Console<'_>,
) -> Result<Session, Fault> {
    let locale = console.locale.clone();
    if args.role.is_empty() && args.actor != OWN {
        return Ok(workspace.session_of(&args.actor, locale)?);
    }
    Ok(workspace.session(actor(workspace.engine(), args)?, locale))
}
