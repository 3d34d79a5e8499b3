//! Values that repeat.

use qudao_model::FieldIx;
use qudao_model::columns::{Bitmap, ColumnData, Dictionary, Table, TextData, Texts};

use super::hash::Seed;
use super::judge::ones;
use super::prepare::missing;
use crate::normalise::Normaliser;
use crate::quality::ObjectQuality;

/// The keys of some consecutive rows, as hashes, parted by their first bits.
pub(super) struct KeyPart {
    /// Which of the rows claim a key.
    pub(super) claiming: Bitmap,
    /// A hash and a row of the whole table in each; the rows of a part ascend.
    entries: Vec<u64>,
    /// Where each part begins in `entries`, and where the last ends.
    starts: Vec<u32>,
}

/// How the hashes of a table's keys are made and parted.
#[derive(Debug, Clone)]
pub(super) struct KeyPlan {
    seed: Seed,
    bits: u32,
}

impl KeyPlan {
    /// A part for each 32,768 rows or so: what it takes to find those that repeat fits the nearest cache but one.
    pub(super) fn new(rows: usize) -> Self {
        let parts = (rows / 32_768).next_power_of_two().clamp(1, 1024);
        Self { seed: Seed::new(), bits: parts.trailing_zeros() }
    }

    pub(super) fn parts(&self) -> usize {
        1 << self.bits
    }

    /// The part of a hash, and what is kept of it.
    fn place(&self, hash: u64) -> (usize, u64) {
        let part = hash.checked_shr(64 - self.bits).unwrap_or(0);
        (usize::try_from(part).unwrap_or(0), (hash << self.bits) >> 32)
    }
}

/// The rows, among those asked, that hold values in all of these fields, each with the hash of its key: the folded form
/// in which rule, import and database mean the same by equal. `first` is the number of the first row.
pub(super) fn keys(
    plan: &KeyPlan,
    object: &ObjectQuality,
    table: &Table,
    fields: &[FieldIx],
    asked: &Bitmap,
    first: usize,
) -> KeyPart {
    let mut claiming = asked.clone();
    for field in fields {
        claiming = claiming.and_not(&missing(table, *field));
    }
    let mut parts: Vec<Part<'_>> = fields.iter().map(|field| Part::of(object, table, *field)).collect();
    let mut counts = vec![0_u32; plan.parts() + 1];
    let mut found: Vec<(u32, u64)> = Vec::with_capacity(claiming.count());
    let mut nothing = Vec::new();
    let mut key: Vec<u8> = Vec::new();
    let mut keep = |row: usize, hash: u64| {
        let (part, hash) = plan.place(hash);
        if let Some(count) = counts.get_mut(part + 1) {
            *count += 1;
        }
        let row = u32::try_from(first + row).unwrap_or(u32::MAX);
        found.push((u32::try_from(part).unwrap_or(0), hash << 32 | u64::from(row)));
    };
    let mut any = |row: usize, key: &mut Vec<u8>| -> Option<u64> {
        key.clear();
        if !parts.iter_mut().all(|part| part.push(row, key)) {
            nothing.push(row);
            return None;
        }
        // No separator stands after the last part.
        key.pop();
        Some(plan.seed.hash(key))
    };
    if let Some(texts) = plain(object, table, fields) {
        texts.blocks(|start, block| {
            for at in ones(claiming.word_at(start)) {
                let simple = block.get(at).and_then(|text| plan.seed.of_simple(text.as_bytes()));
                if let Some(hash) = simple.or_else(|| any(start + at, &mut key)) {
                    keep(start + at, hash);
                }
            }
        });
    } else {
        for row in claiming.ones() {
            if let Some(hash) = any(row, &mut key) {
                keep(row, hash);
            }
        }
    }
    for row in nothing {
        claiming.set(row, false);
    }
    let mut sum = 0;
    for count in &mut counts {
        sum += *count;
        *count = sum;
    }
    let starts = counts.clone();
    let mut entries = vec![0; found.len()];
    for (part, entry) in found {
        let Some(at) = counts.get_mut(part as usize) else { continue };
        if let Some(slot) = entries.get_mut(*at as usize) {
            *slot = entry;
        }
        *at += 1;
    }
    KeyPart { claiming, entries, starts }
}

/// Tells the rows, among those asked, that hold values in all of these fields, with their keys.
pub(super) fn tell(
    object: &ObjectQuality,
    table: &Table,
    fields: &[FieldIx],
    asked: Bitmap,
    tell: &mut dyn FnMut(usize, &[u8]),
) {
    let held = fields.iter().fold(asked, |held, field| held.and_not(&missing(table, *field)));
    let mut parts: Vec<Part<'_>> = fields.iter().map(|field| Part::of(object, table, *field)).collect();
    let mut key: Vec<u8> = Vec::new();
    for row in held.ones() {
        key.clear();
        if parts.iter_mut().all(|part| part.push(row, &mut key)) {
            tell(row, &key);
        }
    }
}

/// The texts of a key of one field that folds to its lower case where it is plain.
fn plain<'a>(object: &ObjectQuality, table: &'a Table, fields: &[FieldIx]) -> Option<&'a Texts> {
    let [field] = fields else { return None };
    match table.column(*field)?.data() {
        ColumnData::Text(TextData::Plain(texts)) if folds_plainly(object, *field) => Some(texts),
        _ => None,
    }
}

/// True when a text of letters, digits and few signs folds to its lower case.
fn folds_plainly(object: &ObjectQuality, field: FieldIx) -> bool {
    object.field(field).is_some_and(|f| {
        f.format.is_none()
            && matches!(
                f.normaliser,
                Normaliser::None | Normaliser::Trim | Normaliser::Upper | Normaliser::Lower
            )
    })
}

impl KeyPart {
    fn of(&self, part: usize) -> &[u64] {
        match (self.starts.get(part), self.starts.get(part + 1)) {
            (Some(start), Some(end)) => self.entries.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The rows, of one part of the hashes, whose keys come more than once.
pub(super) fn repeated(
    object: &ObjectQuality,
    table: &Table,
    fields: &[FieldIx],
    keys: &[&KeyPart],
    part: usize,
) -> Vec<u32> {
    let entries = || keys.iter().flat_map(|key| key.of(part)).copied();
    // Which hashes come twice, by a bit each; then the few that are left by their whole hash.
    let many = entries().count();
    let mut seen = Sieve::new(many);
    let mut twice = Sieve::new(many);
    for entry in entries() {
        let hash = high(entry);
        if !seen.insert(hash) {
            twice.insert(hash);
        }
    }
    let mut left: Vec<u64> = entries().filter(|entry| twice.holds(high(*entry))).collect();
    left.sort_unstable();
    let mut out = Vec::new();
    // Last, the keys themselves.
    let mut parts: Vec<Part<'_>> = fields.iter().map(|field| Part::of(object, table, *field)).collect();
    let mut first: Vec<(Vec<u8>, u32, bool)> = Vec::new();
    for same in left.chunk_by(|a, b| high(*a) == high(*b)).filter(|same| same.len() > 1) {
        first.clear();
        for entry in same {
            let row = low(*entry);
            let mut key = Vec::new();
            if !parts.iter_mut().all(|part| part.push(row as usize, &mut key)) {
                continue;
            }
            match first.iter_mut().find(|(known, ..)| *known == key) {
                Some((_, other, told)) => {
                    if !std::mem::replace(told, true) {
                        out.push(*other);
                    }
                    out.push(row);
                }
                None => first.push((key, row, false)),
            }
        }
    }
    out
}

fn high(entry: u64) -> u32 {
    u32::try_from(entry >> 32).unwrap_or(0)
}

fn low(entry: u64) -> u32 {
    u32::try_from(entry & 0xffff_ffff).unwrap_or(0)
}

/// A set of hashes by one bit each: what it does not hold was never put in.
struct Sieve {
    bits: Vec<u64>,
    mask: u32,
}

impl Sieve {
    /// Some sixteen bits for each of so many hashes: small enough for a cache, and few meet by chance.
    fn new(hashes: usize) -> Self {
        let bits = hashes.saturating_mul(16).clamp(64, 1 << 31).next_power_of_two();
        let mask = u32::try_from(bits - 1).unwrap_or(u32::MAX);
        Self { bits: vec![0; bits / 64], mask }
    }

    fn place(&self, hash: u32) -> (usize, u64) {
        let at = hash & self.mask;
        ((at >> 6) as usize, 1 << (at & 63))
    }

    /// False when it was there.
    fn insert(&mut self, hash: u32) -> bool {
        let (word, bit) = self.place(hash);
        match self.bits.get_mut(word) {
            Some(word) if *word & bit == 0 => {
                *word |= bit;
                true
            }
            _ => false,
        }
    }

    fn holds(&self, hash: u32) -> bool {
        let (word, bit) = self.place(hash);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// The folded forms of larger dictionaries are not kept.
const MEMO: usize = 1 << 16;

/// One field of a key.
struct Part<'a> {
    object: &'a ObjectQuality,
    table: &'a Table,
    field: FieldIx,
    /// The folded form of each text of a dictionary, once it was asked for.
    folded: Vec<Option<String>>,
    /// A plain ASCII text folds to its lower case here, once white space is one blank.
    plain: bool,
}

impl<'a> Part<'a> {
    fn of(object: &'a ObjectQuality, table: &'a Table, field: FieldIx) -> Self {
        let folded = match table.column(field).map(|c| c.data()) {
            Some(ColumnData::Text(TextData::Coded { dictionary, .. })) if dictionary.len() <= MEMO => {
                vec![None; dictionary.len()]
            }
            _ => Vec::new(),
        };
        Self { object, table, field, folded, plain: folds_plainly(object, field) }
    }

    /// Adds the field's part to a key; false where the row claims nothing.
    fn push(&mut self, row: usize, key: &mut Vec<u8>) -> bool {
        let Some(column) = self.table.column(self.field) else { return false };
        if let ColumnData::Text(texts) = column.data() {
            match texts {
                TextData::Coded { codes, .. } => {
                    let code = codes.get(row).copied().unwrap_or(Dictionary::NONE) as usize;
                    let text = texts.get(row);
                    let fold =
                        || self.object.field(self.field).map(|f| f.folded(&qudao_model::Value::text(text)));
                    return match self.folded.get_mut(code) {
                        Some(slot) => append(key, slot.get_or_insert_with(|| fold().unwrap_or_default())),
                        None => append(key, &fold().unwrap_or_default()),
                    };
                }
                TextData::Plain(texts) => {
                    let text = texts.get(row);
                    let bytes = text.as_bytes();
                    let simple = |b: &u8| SIMPLE.get(usize::from(*b)).copied().unwrap_or(false);
                    if self.plain && !bytes.is_empty() && bytes.iter().all(simple) {
                        let start = key.len();
                        key.extend_from_slice(bytes);
                        if let Some(own) = key.get_mut(start..) {
                            own.make_ascii_lowercase();
                        }
                        key.push(SEPARATOR);
                        return true;
                    }
                }
            }
        }
        let folded = self.object.field(self.field).map(|f| f.folded(&column.get(row))).unwrap_or_default();
        append(key, &folded)
    }
}

/// The characters that folding leaves as they are, but for their case.
const SIMPLE: [bool; 256] = {
    let mut simple = [false; 256];
    let mut b = 0;
    while b < 256 {
        let c = b as u8;
        simple[b] = c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
        b += 1;
    }
    simple
};

/// Stands between the parts of a key. No folded text holds it.
const SEPARATOR: u8 = 0x1f;

fn append(key: &mut Vec<u8>, folded: &str) -> bool {
    if folded.is_empty() {
        return false;
    }
    key.extend_from_slice(folded.as_bytes());
    key.push(SEPARATOR);
    true
}
