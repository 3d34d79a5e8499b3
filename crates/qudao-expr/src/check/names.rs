//! Names, members and indexes.

use std::sync::Arc;

use qudao_model::ObjectName;

use super::nav::{Nav, NavIx, Origin};
use super::{Checker, Typed};
use crate::ExprType;
use crate::func::Func;
use crate::issue::ExprIssue;
use crate::loc::Loc;
use crate::node::{Node, Op};
use crate::reads::NavStep;
use crate::syntax::{Expr, Name};

impl Checker<'_, '_> {
    /// A bare name: a macro's variable, the record's id, field or child list, or an extra variable.
    pub(super) fn name(&mut self, name: &str, loc: Loc) -> Option<Typed> {
        if let Some(slot) = self.locals.iter().rposition(|l| l.name == name) {
            let local = self.locals.get(slot)?;
            let node = Node::new(Op::Local(slot), local.ty.clone(), loc);
            return Some(Typed { node, origins: local.origins.clone() });
        }
        if let Some(typed) = self.of_record(own(self.object(), loc), &[Nav::OWN], name, loc) {
            return Some(typed);
        }
        if let Some(typed) = self.var(name, loc) {
            return Some(typed);
        }
        let issue = self.unknown_name(name, loc);
        self.report(issue);
        None
    }

    /// Whether a bare name means something.
    pub(super) fn is_known(&self, name: &str) -> bool {
        let object = self.env.schema.object(self.env.object.as_str());
        name == "id"
            || self.locals.iter().any(|l| l.name == name)
            || self.env.vars.iter().any(|(n, _)| n == name)
            || object.is_some_and(|o| o.field_ix(name).is_some() || o.child(name).is_some())
    }

    fn unknown_name(&self, name: &str, loc: Loc) -> ExprIssue {
        let object = self.env.object.as_str();
        let issue = ExprIssue::error("expr.unknown_field", loc).param("object", object).param("name", name);
        let near = self.env.schema.nearest_field(object, name);
        let words = near.into_iter().chain(self.env.vars.iter().map(|(n, _)| n.as_str()));
        issue.suggest(name, words.chain(self.locals.iter().map(|l| l.name.as_str())))
    }

    fn var(&mut self, name: &str, loc: Loc) -> Option<Typed> {
        let slot = self.env.vars.iter().position(|(n, _)| n == name)?;
        let (_, ty) = self.env.vars.get(slot)?;
        let item = match ty {
            ExprType::List(item) => item,
            other => other,
        };
        let place = self.nav.var(name, item.object().is_some());
        let node = Node::new(Op::Var { slot, name: Arc::from(name) }, ty.clone(), loc);
        Some(Typed { node, origins: place.map(Origin::At).into_iter().collect() })
    }

    /// The id, a field or a child list of a record; `None`, without an issue, where there is no such.
    fn of_record(&mut self, base: Node, at: &[NavIx], name: &str, loc: Loc) -> Option<Typed> {
        let object = self.env.schema.object(base.ty.object()?.as_str())?.clone();
        if name == "id" {
            return Some(Typed::plain(Node::new(Op::Id(Box::new(base)), ExprType::Text, loc)));
        }
        if let Some((ix, def)) = object.field_ix(name).and_then(|ix| Some((ix, object.field_at(ix)?))) {
            self.nav.read(at, &def.name);
            let ty = ExprType::from(&def.ty);
            let origins = match &ty {
                ExprType::Reference(to) => {
                    at.iter().map(|n| Origin::Via(*n, def.name.clone(), to.clone())).collect()
                }
                _ => Vec::new(),
            };
            let op = Op::Field { base: Box::new(base), ix, name: def.name.clone() };
            let mut node = Node::new(op, ty, loc);
            if !def.choices.is_empty() {
                node.choices = Some(def.choices.clone().into());
            }
            return Some(Typed { node, origins });
        }
        let child = object.child(name)?;
        let field = self.env.schema.object(child.object.as_str())?.field_ix(child.field.as_str())?;
        let step = NavStep::Children {
            name: child.name.clone(),
            object: child.object.clone(),
            field: child.field.clone(),
        };
        let origins = at.iter().map(|n| Origin::At(self.nav.step(*n, step.clone()))).collect();
        let op = Op::Children {
            base: Box::new(base),
            object: child.object.clone(),
            field,
            name: child.name.clone(),
        };
        let ty = ExprType::list_of(ExprType::Record(child.object.clone()));
        Some(Typed { node: Node::new(op, ty, loc), origins })
    }

    /// `base.name`
    pub(super) fn member(&mut self, base: &Expr, name: &Name, loc: Loc) -> Option<Typed> {
        let base = self.expr(base)?;
        let Some(object) = base.ty().object().cloned() else {
            let issue = self.no_member(&base, name);
            self.report(issue);
            return None;
        };
        let at = self.nav.follow(&base.origins);
        let node = match base.node.ty {
            ExprType::Reference(_) => {
                let loc = base.node.loc;
                Node::new(Op::Follow(Box::new(base.node)), ExprType::Record(object.clone()), loc)
            }
            _ => base.node,
        };
        if let Some(typed) = self.of_record(node, &at, &name.text, loc) {
            return Some(typed);
        }
        let issue = ExprIssue::error("expr.unknown_field", name.loc)
            .param("object", object.as_str())
            .param("name", name.text.as_str());
        let near = self.env.schema.nearest_field(object.as_str(), &name.text).map(str::to_owned);
        self.report(match near {
            Some(near) => issue.param("suggestion", near),
            None => issue,
        });
        None
    }

    fn no_member(&self, base: &Typed, name: &Name) -> ExprIssue {
        let issue = ExprIssue::error("expr.no_member", name.loc)
            .param("found", base.ty().to_string())
            .param("name", name.text.as_str());
        if Func::of(&name.text).is_some() {
            return issue.param("suggestion", format!("{}()", name.text));
        }
        match base.ty() {
            ExprType::List(item) if item.object().is_some() => {
                let source = self.source(&base.node);
                issue.param("suggestion", format!("{source}.exists(x, x.{} …)", name.text))
            }
            _ => issue,
        }
    }

    /// `list[index]`
    pub(super) fn index(&mut self, list: &Expr, index: &Expr, loc: Loc) -> Option<Typed> {
        let (list, index) = (self.expr(list), self.expr(index));
        let (list, index) = (list?, index?);
        let ExprType::List(item) = list.ty().clone() else {
            self.wrong_type("list", &list, None);
            return None;
        };
        if !matches!(index.ty(), ExprType::Int | ExprType::Null) {
            self.wrong_type("int", &index, None);
            return None;
        }
        let mut typed = self.make(Op::Index(Box::new(list.node), Box::new(index.node)), *item, loc)?;
        typed.origins = list.origins;
        Some(typed)
    }
}

fn own(object: &ObjectName, loc: Loc) -> Node {
    Node::new(Op::Own, ExprType::Record(object.clone()), loc)
}
