//! Where records come from: the tree of navigation that an expression reads.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{FieldName, ObjectName};

use crate::reads::{NavStep, Navigation, Reads, VarReads};

/// A place in the tree of navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NavIx(usize);

/// Where the records or references of a node come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The records at a place.
    At(NavIx),
    /// The references in a field of the records at a place.
    Via(NavIx, FieldName, ObjectName),
}

#[derive(Debug, Default)]
struct Place {
    fields: BTreeSet<FieldName>,
    then: Vec<(NavStep, NavIx)>,
}

/// The tree of navigation.
#[derive(Debug)]
pub(crate) struct Nav {
    places: Vec<Place>,
    vars: BTreeMap<String, Option<NavIx>>,
    changed: BTreeSet<FieldName>,
    pub(crate) clock: bool,
}

impl Nav {
    pub(crate) const OWN: NavIx = NavIx(0);

    pub(crate) fn new() -> Self {
        Self { places: vec![Place::default()], vars: BTreeMap::new(), changed: BTreeSet::new(), clock: false }
    }

    fn place(&mut self) -> NavIx {
        self.places.push(Place::default());
        NavIx(self.places.len() - 1)
    }

    /// Notes that a variable is read. One that refers to a record has a place of its own.
    pub(crate) fn var(&mut self, name: &str, record: bool) -> Option<NavIx> {
        if let Some(place) = self.vars.get(name) {
            return *place;
        }
        let place = record.then(|| self.place());
        self.vars.insert(name.to_owned(), place);
        place
    }

    /// Notes that a field is read at some places.
    pub(crate) fn read(&mut self, at: &[NavIx], field: &FieldName) {
        for ix in at {
            if let Some(place) = self.places.get_mut(ix.0) {
                place.fields.insert(field.clone());
            }
        }
    }

    /// Notes that a field is compared with its earlier value.
    pub(crate) fn changed(&mut self, field: &FieldName) {
        self.changed.insert(field.clone());
    }

    /// The place that a step leads to.
    pub(crate) fn step(&mut self, from: NavIx, step: NavStep) -> NavIx {
        let known = self.places.get(from.0).and_then(|p| p.then.iter().find(|(s, _)| *s == step));
        if let Some((_, to)) = known {
            return *to;
        }
        let to = self.place();
        if let Some(place) = self.places.get_mut(from.0) {
            place.then.push((step, to));
        }
        to
    }

    /// The places of the records that origins lead to; references are followed.
    pub(crate) fn follow(&mut self, origins: &[Origin]) -> Vec<NavIx> {
        let mut out = Vec::new();
        for origin in origins {
            let ix = match origin {
                Origin::At(ix) => *ix,
                Origin::Via(ix, field, object) => {
                    self.step(*ix, NavStep::Parent { field: field.clone(), object: object.clone() })
                }
            };
            if !out.contains(&ix) {
                out.push(ix);
            }
        }
        out
    }

    /// What is read, in a fixed order.
    pub(crate) fn finish(&self) -> Reads {
        let vars = self.vars.iter().map(|(name, place)| {
            let read = place.map_or_else(VarReads::default, |ix| VarReads {
                fields: self.fields(ix),
                navigation: self.navigation(ix),
            });
            (name.clone(), read)
        });
        Reads {
            fields: self.fields(Self::OWN),
            navigation: self.navigation(Self::OWN),
            changed: self.changed.clone(),
            clock: self.clock,
            vars: vars.collect(),
        }
    }

    fn fields(&self, ix: NavIx) -> BTreeSet<FieldName> {
        self.places.get(ix.0).map(|p| p.fields.clone()).unwrap_or_default()
    }

    /// The depth of the tree is bounded by that of the expression.
    fn navigation(&self, ix: NavIx) -> Vec<Navigation> {
        let Some(place) = self.places.get(ix.0) else { return Vec::new() };
        let mut steps: Vec<Navigation> = place
            .then
            .iter()
            .map(|(step, to)| Navigation {
                step: step.clone(),
                fields: self.fields(*to),
                then: self.navigation(*to),
            })
            .collect();
        steps.sort_by(|a, b| a.step.cmp(&b.step));
        steps
    }
}
