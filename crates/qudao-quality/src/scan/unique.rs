//! Values that repeat.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};
use qudao_model::FieldIx;
use qudao_model::columns::{Bitmap, ColumnData, Dictionary, Table, TextData};

use super::prepare::missing;
use crate::normalise::Normaliser;
use crate::quality::ObjectQuality;

/// Which rows claim a key, and which share theirs with another row.
pub(super) struct Keys {
    pub(super) claiming: Bitmap,
    pub(super) repeated: Bitmap,
}

/// The rows, among those asked, that hold the same values in these fields together, by the folded form in which rule,
/// import and database mean the same by equal.
pub(super) fn keys(object: &ObjectQuality, table: &Table, fields: &[FieldIx], asked: &Bitmap) -> Keys {
    let mut claiming = asked.clone();
    for field in fields {
        claiming = claiming.and_not(&missing(table, *field));
    }
    let mut repeated = Bitmap::filled(table.rows(), false);
    let mut parts: Vec<Part<'_>> = Vec::with_capacity(fields.len());
    for field in fields {
        parts.push(Part::of(object, table, *field));
    }
    // First pass: which hashes come twice, by a bit each in a table that stays in the cache.
    let hasher = DefaultHashBuilder::default();
    let mut hashes: Vec<u32> = Vec::with_capacity(claiming.count());
    let mut seen = Sieve::new(claiming.count());
    let mut twice = Sieve::new(claiming.count());
    let mut nothing = Vec::new();
    let mut key: Vec<u8> = Vec::new();
    for row in claiming.ones() {
        key.clear();
        if !parts.iter_mut().all(|part| part.push(row, &mut key)) {
            nothing.push(row);
            hashes.push(0);
            continue;
        }
        let hash = hasher.hash_one(key.as_slice()) as u32;
        if !seen.insert(hash) {
            twice.insert(hash);
        }
        hashes.push(hash);
    }
    // Second pass, over the few that are left: the keys themselves, end to end in one buffer.
    let mut first: HashTable<Entry> = HashTable::new();
    let mut arena: Vec<u8> = Vec::new();
    for (row, hash) in claiming.ones().zip(&hashes).filter(|(_, hash)| twice.holds(**hash)) {
        let start = arena.len();
        if !parts.iter_mut().all(|part| part.push(row, &mut arena)) {
            arena.truncate(start);
            continue;
        }
        let key = arena.get(start..).unwrap_or_default();
        let wide = u64::from(*hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        match first.find(wide, |entry| entry.hash == wide && entry.key(&arena) == key) {
            Some(entry) => {
                repeated.set(entry.row, true);
                repeated.set(row, true);
                arena.truncate(start);
            }
            None => {
                let entry = Entry { hash: wide, start, end: arena.len(), row };
                first.insert_unique(wide, entry, |entry| entry.hash);
            }
        }
    }
    for row in nothing {
        claiming.set(row, false);
    }
    Keys { claiming, repeated }
}

/// A set of hashes by one bit each: what it does not hold was never put in.
struct Sieve {
    bits: Vec<u64>,
    mask: u32,
}

impl Sieve {
    /// Some twelve bits for each of so many hashes: small enough for a cache, and few meet by chance.
    fn new(hashes: usize) -> Self {
        let bits = hashes.saturating_mul(12).clamp(64, 1 << 31).next_power_of_two();
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

/// The first row of a key.
struct Entry {
    hash: u64,
    start: usize,
    end: usize,
    row: usize,
}

impl Entry {
    fn key<'a>(&self, arena: &'a [u8]) -> &'a [u8] {
        arena.get(self.start..self.end).unwrap_or_default()
    }
}

/// One field of a key.
struct Part<'a> {
    object: &'a ObjectQuality,
    table: &'a Table,
    field: FieldIx,
    /// The folded form of each text of a dictionary.
    folded: Vec<Option<String>>,
    /// A plain ASCII text folds to its lower case here, once white space is one blank.
    plain: bool,
}

impl<'a> Part<'a> {
    fn of(object: &'a ObjectQuality, table: &'a Table, field: FieldIx) -> Self {
        let known = object.field(field);
        let plain = known.is_some_and(|f| {
            f.format.is_none()
                && matches!(
                    f.normaliser,
                    Normaliser::None | Normaliser::Trim | Normaliser::Upper | Normaliser::Lower
                )
        });
        let folded = match table.column(field).map(|c| c.data()) {
            Some(ColumnData::Text(TextData::Coded { dictionary, .. })) => vec![None; dictionary.len()],
            _ => Vec::new(),
        };
        Self { object, table, field, folded, plain }
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
                    let Some(slot) = self.folded.get_mut(code) else { return false };
                    let folded = slot.get_or_insert_with(|| fold().unwrap_or_default());
                    return append(key, folded);
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
