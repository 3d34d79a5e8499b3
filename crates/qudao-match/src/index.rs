//! What an index keeps of a record beside its keys, so that a candidate is told from a duplicate without being read: sketches of the
//! fields that a rule compares, a few dozen bytes, and their features, for the candidates that sketches leave open.
//!
//! Both are runs of sections, one for each rule: four bytes of the rule's mark, the length of what follows, and that. A section of
//! another mark was made by another rule or another version, and says nothing.

use qudao_model::{BlockKey, Meeting, ObjectName, Record, RuleId};

use crate::block::SMALL_TABLE;
use crate::compare::quick::{hash, units};
use crate::compare::sketch::{Bound, Kind, sketch};
use crate::feature::Form;
use crate::rule::{MAX_FIELDS, MatchingRule, Prepared, Said, cross};
use crate::sketches::{Most, most, places};
use crate::weights::weight_at;
use crate::{MatchError, Matching};

/// The version of what an index holds: keys, features and sketches. Another one means that an index must be made anew.
///
/// It is raised with every change of the way in which a value is taken apart; a test watches over it.
pub const INDEX_VERSION: u32 = 6;

/// What an index holds of one record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexEntry {
    /// Its keys under every rule that compares records of its object. With each rule, sorted, without repetition.
    pub keys: Vec<(RuleId, BlockKey)>,
    /// Its sketches, packed: for [`Question::may_reach`]. Empty where no rule compares it.
    pub sketches: Vec<u8>,
    /// Its features, packed: for [`Question::may_match`]. Empty where no rule compares it.
    pub features: Vec<u8>,
}

/// A record that asks who may be the same, under one rule: taken apart once, compared with many.
///
/// ```
/// use std::sync::Arc;
/// use qudao_match::{MatchSpec, Matching};
/// use qudao_model::{Document, Record, RecordId, RuleId, Schema};
///
/// # let document = Document::parse("rules", "matching: {account.same: {compare: {name: company_name, phone: phone}}}")
/// #     .map_err(|_| "not YAML")?;
/// # let spec: MatchSpec = serde_json::from_value(document.into_json())?;
/// # let schema = Arc::new(Schema::standard("CNY"));
/// let matching = Matching::compile(&spec, &schema).map_err(|_| "not a rule")?;
/// let account = schema.object("account").ok_or("no accounts")?;
/// let a = Record::new(account.clone(), RecordId::new("a")?).with("name", "Acme Inc.")?.with("phone", "312 226 2649")?;
/// let b = Record::new(account.clone(), RecordId::new("b")?).with("name", "ACME")?.with("phone", "+1 312 226 2649")?;
/// let kept = matching.index_entry(&b);
///
/// let mut question = matching.question(&RuleId::new("account.same")?, &a)?;
/// assert!(question.meeting().keys.iter().any(|(key, _)| kept.keys.iter().any(|(_, k)| k == key)));
/// assert!(question.may_reach(&kept.sketches) && question.may_match(&kept.features));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Question<'m> {
    rule: &'m MatchingRule,
    record: &'m Record,
    mark: u32,
    own: Prepared,
    sketches: Vec<u64>,
    floor: i64,
    bounds: Vec<Most>,
    places: Vec<(Kind, usize)>,
    other: Unpacked,
}

impl Matching {
    /// What an index holds of a record.
    #[must_use]
    pub fn index_entry(&self, record: &Record) -> IndexEntry {
        let mut entry = IndexEntry::default();
        for rule in self.rules().filter(|r| r.lenses.contains_key(record.object())) {
            let prepared = rule.prepare(record);
            let mut keys = rule.block_keys(&prepared);
            keys.extend(rule.cut_keys(&prepared));
            keys.sort_unstable();
            keys.dedup();
            entry.keys.extend(keys.into_iter().map(|key| (rule.id.clone(), key)));
            pack_sketches(rule, &prepared, &mut entry.sketches);
            pack(rule, &prepared, &mut entry.features);
        }
        entry
    }

    /// A record as it asks for its duplicates.
    ///
    /// # Errors
    /// [`MatchError::UnknownRule`], [`MatchError::WrongObject`].
    pub fn question<'m>(&'m self, rule: &RuleId, record: &'m Record) -> Result<Question<'m>, MatchError> {
        let rule = self.checked(rule, [record])?;
        let own = rule.prepare(record);
        let (places, width) = places(rule);
        let mut sketches = sketches(rule, &own, &places, width);
        for (kind, at) in &places {
            if let Some(words) = sketches.get_mut(*at..at + kind.words()) {
                kind.reduce(words);
            }
        }
        Ok(Question {
            rule,
            record,
            mark: rule.mark(),
            sketches,
            own,
            floor: weight_at(rule.review_at),
            bounds: rule.fields.iter().map(|field| Most::of(field, rule).of_any_class()).collect(),
            places,
            other: Unpacked::default(),
        })
    }
}

impl Question<'_> {
    /// Where the record meets its possible duplicates in an index of [`IndexEntry::keys`], for somebody who sees all of them.
    #[must_use]
    pub fn meeting(&self) -> Meeting {
        Meeting {
            keys: self.rule.limited_keys(&self.own),
            cuts: self.rule.cut_keys(&self.own),
            whole: self.rule.max_block,
            small: SMALL_TABLE,
            most: self.rule.max_block / 2,
            seen: None,
        }
    }

    /// The objects whose records the rule compares.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectName> {
        self.rule.objects()
    }

    /// False when a record with these [sketches](IndexEntry::sketches) is certainly not among the answers of [`Matching::find`]. Sketches
    /// that this rule did not make leave it open.
    pub fn may_reach(&mut self, sketches: &[u8]) -> bool {
        let Some(from) = section(sketches, self.mark) else { return true };
        let other = &mut self.other;
        if other.sketches(from, &self.places, self.sketches.len()).is_none() {
            return true;
        }
        let mut bounds = [Bound::Missing; MAX_FIELDS];
        most(self.rule, &self.bounds, &self.places, &self.sketches, &other.sketches, self.floor, &mut bounds)
            .is_some()
    }

    /// False when a record with these [features](IndexEntry::features) is not among the answers of [`Matching::find`]. Features that this
    /// rule did not make leave it open.
    pub fn may_match(&mut self, features: &[u8]) -> bool {
        let Some(from) = section(features, self.mark) else { return true };
        self.other.features(from, self.rule.compared(), self.rule.sources.len());
        let (rule, own, other) = (self.rule, &self.own, &self.other);
        let scored = rule.score(
            Some(self.floor),
            rule.best,
            |_, field| match (own.form(field.source), other.form(field.source)) {
                (Form::Missing, _) | (_, Form::Missing) => Said::NOTHING,
                (a, b) => rule.said(field, &a, &b),
            },
            |one, two| cross(&own.form(one), &own.form(two), &other.form(one), &other.form(two)),
        );
        scored.is_some_and(|scored| !scored.related)
    }

    pub(crate) fn record(&self) -> &Record {
        self.record
    }

    pub(crate) fn own(&self) -> &Prepared {
        &self.own
    }

    pub(crate) fn rule(&self) -> &MatchingRule {
        self.rule
    }
}

impl MatchingRule {
    /// What the features of a record depend on, in short.
    fn mark(&self) -> u32 {
        let fields = self.fields.iter().map(|f| format!("\u{1f}{}:{}", f.field, f.comparator));
        let text = format!("{INDEX_VERSION}\u{1f}{}{}", self.id, fields.collect::<String>());
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are meant")]
        let mark = hash(&units(&text)) as u32;
        mark
    }

    /// The sources whose features are compared, each once.
    fn compared(&self) -> impl Iterator<Item = usize> {
        let is_compared =
            |source: &usize| self.fields.iter().any(|f| f.source == *source || f.crossed == Some(*source));
        (0..self.sources.len()).filter(is_compared)
    }
}

fn sketches(rule: &MatchingRule, of: &Prepared, places: &[(Kind, usize)], width: usize) -> Vec<u64> {
    let mut words = vec![0; width];
    for (field, (kind, at)) in rule.fields.iter().zip(places) {
        let made = sketch(&of.form(field.source));
        for (slot, word) in words.iter_mut().skip(*at).zip(made).take(kind.words()) {
            *slot = word;
        }
    }
    words
}

/// A bit for each field that has a value, then what is kept of the sketches of those.
fn pack_sketches(rule: &MatchingRule, of: &Prepared, out: &mut Vec<u8>) {
    let (places, width) = places(rule);
    let words = sketches(rule, of, &places, width);
    let of_field = |(kind, at): &(Kind, usize)| words.get(*at..at + kind.words()).unwrap_or_default();
    let is_there = |place| of_field(place).first().is_some_and(|word| *word != 0);
    let mut body: Vec<u8> = (places.chunks(8))
        .map(|some| (0_u8..).zip(some).fold(0, |bits, (n, place)| bits | u8::from(is_there(place)) << n))
        .collect();
    for place in places.iter().filter(|place| is_there(place)) {
        place.0.write(of_field(place), &mut body);
    }
    write_section(rule.mark(), &body, out);
}

fn pack(rule: &MatchingRule, of: &Prepared, out: &mut Vec<u8>) {
    let mut body = Vec::new();
    for source in rule.compared() {
        let feature = of.units(source);
        write_length(feature.len(), &mut body);
        feature.iter().for_each(|unit| write_unit(*unit, &mut body));
    }
    write_section(rule.mark(), &body, out);
}

fn write_section(mark: u32, body: &[u8], out: &mut Vec<u8>) {
    out.extend(mark.to_le_bytes());
    write_length(body.len(), out);
    out.extend(body);
}

/// The section with a mark, without its head.
fn section(mut from: &[u8], mark: u32) -> Option<&[u8]> {
    while let Some((head, mut rest)) = from.split_first_chunk() {
        let length = read_length(&mut rest);
        let (body, further) = rest.split_at_checked(length)?;
        if u32::from_le_bytes(*head) == mark {
            return Some(body);
        }
        from = further;
    }
    None
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    let length = u32::try_from(length).unwrap_or(0);
    write_unit((length & 0xffff) as u16, out);
    write_unit((length >> 16) as u16, out);
}

fn read_length(from: &mut &[u8]) -> usize {
    usize::from(read_unit(from)) | usize::from(read_unit(from)) << 16
}

/// A candidate's section, read as far as it is asked for. Its memory serves for the next one.
#[derive(Debug, Default)]
struct Unpacked {
    sketches: Vec<u64>,
    units: Vec<u16>,
    /// Where the feature of each source stands.
    features: Vec<std::ops::Range<usize>>,
}

impl Unpacked {
    /// `width` words in all; none where there are too few bytes.
    fn sketches(&mut self, from: &[u8], places: &[(Kind, usize)], width: usize) -> Option<()> {
        self.sketches.clear();
        self.sketches.resize(width, 0);
        let (there, mut from) = from.split_at_checked(places.len().div_ceil(8))?;
        for (some, there) in places.chunks(8).zip(there) {
            for ((kind, at), _) in some.iter().zip(0..).filter(|(_, n)| there >> n & 1 == 1) {
                kind.read(&mut from, self.sketches.get_mut(*at..at + kind.words())?)?;
            }
        }
        Some(())
    }

    /// `compared` gives the sources, in order, of `count` in all.
    fn features(&mut self, mut from: &[u8], compared: impl Iterator<Item = usize>, count: usize) {
        self.units.clear();
        self.features.clear();
        self.features.resize(count, 0..0);
        for source in compared {
            let length = read_length(&mut from);
            let start = self.units.len();
            // A unit takes a byte at least.
            self.units.extend((0..length.min(from.len())).map(|_| read_unit(&mut from)));
            if let Some(slot) = self.features.get_mut(source) {
                *slot = start..self.units.len();
            }
        }
    }

    fn form(&self, source: usize) -> Form<'_> {
        let at = self.features.get(source).cloned().unwrap_or_default();
        Form::read(self.units.get(at).unwrap_or_default())
    }
}

/// Units in one byte: small numbers with digits, then letters.
const SMALL: u16 = 0x40;
const LETTERS: std::ops::RangeInclusive<u16> = 0x61..=0x7a;
/// The first byte of units in two bytes, which hold the Chinese characters too.
const TWO: u8 = 90;
/// The first byte of units in three bytes.
const THREE: u8 = 255;

fn write_unit(unit: u16, out: &mut Vec<u8>) {
    let [low, high] = unit.wrapping_sub(SMALL).to_le_bytes();
    if unit < SMALL {
        out.push(unit as u8);
    } else if LETTERS.contains(&unit) {
        out.push((unit - LETTERS.start() + SMALL) as u8);
    } else if high < THREE - TWO {
        out.extend([TWO + high, low]);
    } else {
        let [low, high] = unit.to_le_bytes();
        out.extend([THREE, low, high]);
    }
}

/// Zero behind the end.
#[inline]
fn read_unit(from: &mut &[u8]) -> u16 {
    let (unit, rest) = match **from {
        [first, ref rest @ ..] if first < TWO => {
            let unit = u16::from(first);
            (if unit < SMALL { unit } else { unit - SMALL + LETTERS.start() }, rest)
        }
        [THREE, low, high, ref rest @ ..] => (u16::from_le_bytes([low, high]), rest),
        [first, low, ref rest @ ..] if first < THREE => {
            (u16::from_le_bytes([low, first - TWO]) + SMALL, rest)
        }
        // The end, or half a unit.
        _ => (0, &[][..]),
    };
    *from = rest;
    unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Comparator;
    use crate::feature::Feature;
    use crate::key::{Cut, Part, View};
    use proptest::prelude::*;

    #[test]
    fn units_of_every_kind_are_read_as_written() {
        let mut bytes = Vec::new();
        (0..=u16::MAX).for_each(|unit| write_unit(unit, &mut bytes));
        let mut from = bytes.as_slice();
        for unit in 0..=u16::MAX {
            assert_eq!(read_unit(&mut from), unit);
        }
        assert_eq!((from.len(), read_unit(&mut from)), (0, 0));
        let sizes = ['a', '7', ' ', '中', '한'].map(|c| {
            let mut bytes = Vec::new();
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write_unit(*unit, &mut bytes));
            bytes.len()
        });
        assert_eq!(sizes, [1, 1, 1, 2, 3]);
    }

    #[test]
    fn a_section_is_found_by_its_mark() {
        let section_of = |mark: u32, body: &[u8]| {
            let mut bytes = Vec::new();
            write_section(mark, body, &mut bytes);
            bytes
        };
        let all = [section_of(7, b"seven"), section_of(8, b""), section_of(9, b"nine")].concat();
        assert_eq!(section(&all, 7), Some(&b"seven"[..]));
        assert_eq!(section(&all, 8), Some(&b""[..]));
        assert_eq!(section(&all, 9), Some(&b"nine"[..]));
        assert_eq!(section(&all, 1), None);
        assert_eq!(section(&all[..all.len() - 1], 9), None);
        assert_eq!(section(&[], 7), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut other = Unpacked::default();
            let places = [(Kind::Company, 0), (Kind::Address, 1), (Kind::Phone, 3)];
            if other.sketches(&bytes, &places, 4).is_some() {
                for (kind, at) in places {
                    let _ = crate::compare::sketch::bound(kind, other.sketches[at], 1, Default::default);
                }
                other.features(&bytes, [0, 2].into_iter(), 3);
                for source in 0..4 {
                    let _ = crate::compare::compare(&other.form(source), &other.form(source));
                }
            }
        }
    }

    /// What is kept of these values must be known to be of another version when it changes: then raise [`INDEX_VERSION`] and write the
    /// number that the test found.
    #[test]
    fn a_change_of_what_is_kept_is_another_version() {
        const KNOWN: (u32, u64) = (6, 9_892_127_795_337_813_705);
        let texts = [
            "深圳市华为技术有限公司",
            "華為技術（深圳）有限公司北京分公司",
            "Blue Ridge 2 Consulting, LLC",
            "Société Générale S.A.",
            "广东省深圳市南山区科技园路1号A座",
            "246 N Main St Apt 5, Springfield, IL 62701",
            "欧阳娜娜",
            "Dr. Robert J. O'Neil jr.",
            "0755-2878 0808 转 12",
            "+1 (312) 226-2649",
            "Li.Lei+crm@Example.com",
            "sales@qq.com",
            "https://www.shop.example.co.uk/a?b=c",
            "91440300708461136T",
            "ＡＣＭＥ　①②",
            "2026年11月28日",
            "1.234,50",
            "𠮷野家 café",
            "Silverline Tech. Svcs (Delaware) Inc - Chicago",
            "Brandon's Manufacutring & Sons Mfg Co",
            "新星科技（深圳）-罗湖店",
            "J. R. Smith",
            "常伟",
        ];
        let mut units: Vec<u16> = Vec::new();
        for text in texts {
            for comparator in Comparator::ALL {
                let feature = Feature::of(comparator, text);
                units.extend(feature.units());
                let form = feature.form();
                let mut kept = Vec::new();
                Kind::of(comparator).write(&sketch(&form), &mut kept);
                units.extend(kept.into_iter().map(u16::from));
                for view in View::NAMES.iter().map(|(_, view)| *view).chain([View::Whole]) {
                    let part = Part { source: 0, view, cut: Cut::All };
                    part.values(&form).iter().for_each(|value| units.extend(value.encode_utf16().chain([0])));
                }
            }
        }
        assert_eq!((INDEX_VERSION, hash(&units)), KNOWN);
    }
}
