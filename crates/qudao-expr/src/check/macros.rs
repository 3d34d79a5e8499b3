//! Macros over lists, and `has`.

use super::{Checker, Local, Typed};
use crate::ExprType;
use crate::issue::ExprIssue;
use crate::loc::Loc;
use crate::node::{MacroKind, Node, Op};
use crate::syntax::{Expr, Kind, Name};

impl Checker<'_, '_> {
    /// `source.kind(variable, body)`
    pub(super) fn over(
        &mut self,
        kind: MacroKind,
        name: &Name,
        source: &Expr,
        args: &[Expr],
        loc: Loc,
    ) -> Option<Typed> {
        let source = self.expr(source);
        let (variable, filter, body) = match args {
            [variable, body] => (variable, None, body),
            [variable, filter, body] if kind == MacroKind::Map => (variable, Some(filter), body),
            _ => {
                self.argument_count(name, "2", args.len());
                return None;
            }
        };
        let Kind::Name(variable_name) = &variable.kind else {
            let found = variable.loc.of(self.text).to_owned();
            self.report(ExprIssue::error("expr.bad_variable", variable.loc).param("found", found));
            return None;
        };
        let source = source?;
        let item = match source.ty() {
            ExprType::List(item) => (**item).clone(),
            ExprType::Null => ExprType::Null,
            _ => {
                self.wrong_type("list", &source, None);
                return None;
            }
        };
        let slot = self.locals.len();
        let (source_ty, source_origins) = (source.ty().clone(), source.origins.clone());
        self.locals.push(Local { name: variable_name.clone(), ty: item, origins: source.origins.clone() });
        let filter = filter.map(|f| self.condition(f));
        let body = if kind == MacroKind::Map { self.expr(body) } else { self.condition(body) };
        self.locals.truncate(slot);
        let mut source = source.node;
        if let Some(filter) = filter {
            let filter = Box::new(filter?.node);
            let op = Op::Macro { kind: MacroKind::Filter, source: Box::new(source), slot, body: filter };
            source = Node::new(op, source_ty.clone(), loc);
        }
        let body = body?;
        let (ty, origins) = match kind {
            MacroKind::Filter => (source_ty, source_origins),
            MacroKind::Map => (ExprType::list_of(body.ty().clone()), body.origins),
            _ => (ExprType::Bool, Vec::new()),
        };
        let op = Op::Macro { kind, source: Box::new(source), slot, body: Box::new(body.node) };
        Some(Typed { node: Node::new(op, ty, loc), origins })
    }

    /// `has(value)`
    pub(super) fn has(&mut self, name: &Name, args: &[Expr], loc: Loc) -> Option<Typed> {
        let [arg] = args else {
            self.argument_count(name, "1", args.len());
            return None;
        };
        let arg = self.expr(arg)?;
        self.make(Op::Has(Box::new(arg.node)), ExprType::Bool, loc)
    }

    /// `changed(field)`
    pub(super) fn changed(&mut self, name: &Name, args: &[Expr], loc: Loc) -> Option<Typed> {
        let [arg] = args else {
            self.argument_count(name, "1", args.len());
            return None;
        };
        let typed = self.expr(arg)?;
        match typed.node.op {
            Op::Field { base, ix, name } if matches!(base.op, Op::Own) => {
                self.nav.changed(&name);
                Some(Typed::plain(Node::new(Op::Changed { ix, name }, ExprType::Bool, loc)))
            }
            _ => {
                let found = arg.loc.of(self.text).to_owned();
                self.report(ExprIssue::error("expr.changed_field", arg.loc).param("found", found));
                None
            }
        }
    }
}
