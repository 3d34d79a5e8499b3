//! The index of the matcher: under each key the records that have it, as posting lists.
//!
//! Records are numbered in the order of their making. A list is kept in chunks of [`CHUNK`] numbers: a key that is
//! common among a million records is a few hundred rows to read, a rare one a single small row. What a chunk holds depends on
//! the records alone, not on the way there, so that a rebuild finds the same bytes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use qudao_model::{BlockKey, Meeting, RuleId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::StoreError;

/// How many record numbers one chunk covers. An offset within is written as two bytes. A larger chunk makes fewer rows to read, and more
/// bytes to write anew for each record of a common key.
const CHUNK: i64 = 1 << 15;
/// How many record numbers are looked at together where lists are laid beside each other.
const BLOCK: i64 = 1 << 13;
/// How many lists take part where a list is long: one bit each.
const LISTS: usize = 64;
/// A key of more records than these says too little to be looked at beside another.
const COMMON: usize = 4096;

/// Writes and reads posting lists.
pub(crate) struct Postings<'c> {
    pub(crate) conn: &'c Connection,
}

/// Where a record stands in a list.
fn place(made: i64) -> (i64, u16) {
    (made.div_euclid(CHUNK), u16::try_from(made.rem_euclid(CHUNK)).unwrap_or(u16::MAX))
}

/// The offsets of a chunk.
fn offsets(bytes: &[u8]) -> Result<impl Iterator<Item = u16> + '_, StoreError> {
    if !bytes.len().is_multiple_of(2) {
        return Err(StoreError::corrupt("postings", "half an offset"));
    }
    Ok(bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])))
}

/// Where an offset is in a chunk, or would be.
fn find(bytes: &[u8], offset: u16) -> Result<(usize, bool), StoreError> {
    // New records come last.
    if let Some(last) = bytes.last_chunk::<2>()
        && u16::from_le_bytes(*last) < offset
        && bytes.len().is_multiple_of(2)
    {
        return Ok((bytes.len(), false));
    }
    for (n, other) in offsets(bytes)?.enumerate() {
        if other >= offset {
            return Ok((n * 2, other == offset));
        }
    }
    Ok((bytes.len(), false))
}

impl Postings<'_> {
    fn chunk(&self, key: i64, chunk: i64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT ids FROM postings WHERE key = ?1 AND chunk = ?2")?
            .query_row([key, chunk], |row| row.get(0))
            .optional()?)
    }

    /// Puts a record under a key.
    pub(crate) fn add(&self, rule: &RuleId, key: &BlockKey, made: i64) -> Result<(), StoreError> {
        let (key, (chunk, offset)) = (key.digest(rule), place(made));
        let Some(mut ids) = self.chunk(key, chunk)? else {
            self.conn
                .prepare_cached("INSERT INTO postings (key, chunk, ids) VALUES (?1, ?2, ?3)")?
                .execute(params![key, chunk, offset.to_le_bytes()])?;
            return Ok(());
        };
        let (at, found) = find(&ids, offset)?;
        if !found {
            ids.splice(at..at, offset.to_le_bytes());
            self.write(key, chunk, &ids)?;
        }
        Ok(())
    }

    /// Takes a record from under a key.
    pub(crate) fn remove(&self, rule: &RuleId, key: &BlockKey, made: i64) -> Result<(), StoreError> {
        let (key, (chunk, offset)) = (key.digest(rule), place(made));
        let Some(mut ids) = self.chunk(key, chunk)? else { return Ok(()) };
        let (at, found) = find(&ids, offset)?;
        if !found {
            return Ok(());
        }
        ids.drain(at..at.saturating_add(2));
        if ids.is_empty() {
            self.conn
                .prepare_cached("DELETE FROM postings WHERE key = ?1 AND chunk = ?2")?
                .execute([key, chunk])?;
            return Ok(());
        }
        self.write(key, chunk, &ids)
    }

    fn write(&self, key: i64, chunk: i64, ids: &[u8]) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE postings SET ids = ?3 WHERE key = ?1 AND chunk = ?2")?
            .execute(params![key, chunk, ids])?;
        Ok(())
    }

    /// The records of a key, unless it is common.
    fn list(&self, key: i64) -> Result<Option<List>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT chunk, ids FROM postings WHERE key = ?1 ORDER BY chunk")?;
        let mut rows = statement.query([key])?;
        let mut list = List::default();
        while let Some(row) = rows.next()? {
            let chunk: i64 = row.get(0)?;
            let of_chunk = offsets(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?)?;
            let start = chunk.saturating_mul(CHUNK);
            list.numbers.extend(of_chunk.map(|offset| start.wrapping_add(i64::from(offset))));
            if list.numbers.len() > COMMON {
                return Ok(None);
            }
        }
        Ok(Some(list))
    }

    /// The number of the record made last.
    fn last(&self) -> Result<i64, StoreError> {
        let last: Option<i64> =
            self.conn.prepare_cached("SELECT max(made) FROM records")?.query_row([], |row| row.get(0))?;
        Ok(last.unwrap_or(0))
    }

    /// The numbers of the records that a record meets, ascending.
    ///
    /// A key within its limit gives all its records. Of a longer list, a record is met when it shares another key or a cut too; what is
    /// common counts for neither, since what it has in common with another key is too much still. Where more than `most` are met so, those
    /// that share the rarest keys come first, the earliest made among equals, and the rest is left out.
    pub(crate) fn meet(&self, rule: &RuleId, meeting: &Meeting) -> Result<Vec<i64>, StoreError> {
        let mut lists: BTreeMap<i64, List> = BTreeMap::new();
        let least = if self.last()? <= i64::from(meeting.small) { meeting.whole } else { 0 };
        for (key, limit) in &meeting.keys {
            let digest = key.digest(rule);
            if let Entry::Vacant(slot) = lists.entry(digest)
                && let Some(list) = self.list(digest)?
            {
                let long = list.numbers.len() > least.max(*limit);
                slot.insert(List { stands: if long { Stands::Long } else { Stands::Short }, ..list });
            }
        }
        let mut met = Vec::new();
        for list in lists.values().filter(|l| l.stands == Stands::Short) {
            met.extend_from_slice(&list.numbers);
        }
        if lists.values().any(|l| l.stands == Stands::Long) {
            for cut in &meeting.cuts {
                let digest = cut.digest(rule);
                if lists.len() < LISTS
                    && let Entry::Vacant(slot) = lists.entry(digest)
                    && let Some(list) = self.list(digest)?
                {
                    slot.insert(list);
                }
            }
            let lists: Vec<List> = lists.into_values().collect();
            met.extend(from_long(&lists, meeting.most));
        }
        met.sort_unstable();
        met.dedup();
        Ok(met)
    }
}

/// What a list is to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stands {
    /// A key within its limit.
    Short,
    /// A longer key.
    Long,
    /// Tells among the records of longer keys.
    #[default]
    Cut,
}

/// The records under one key, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct List {
    numbers: Vec<i64>,
    stands: Stands,
}

/// Of the records in the long lists, those that are in a second list.
fn from_long(lists: &[List], most: usize) -> Vec<i64> {
    let lists = lists.get(..LISTS).unwrap_or(lists);
    let long: u64 = bits(lists.iter().map(|l| l.stands == Stands::Long));
    let short: u64 = bits(lists.iter().map(|l| l.stands == Stands::Short));
    let count = |list: &List| list.numbers.len().max(1).ilog2();
    let largest = lists.iter().map(count).max().unwrap_or(0);
    // A list half as long says one more.
    let rarity: Vec<u32> = lists.iter().map(|l| largest.saturating_sub(count(l)).saturating_add(1)).collect();
    let mut rest: Vec<&[i64]> = lists.iter().map(|l| l.numbers.as_slice()).collect();
    // The lists of each record of a block. Only places of records are touched, so that few records take little time.
    let mut masks = vec![0_u64; usize::try_from(BLOCK).unwrap_or_default()];
    let mut parts: Vec<&[i64]> = Vec::with_capacity(rest.len());
    let mut met: Vec<(std::cmp::Reverse<u32>, i64)> = Vec::new();
    let of_long = |rest: &[&[i64]]| {
        let long = rest.iter().enumerate().filter(|(n, _)| long >> n & 1 == 1);
        long.filter_map(|(_, numbers)| numbers.first().copied()).min()
    };
    while let Some(first) = of_long(&rest) {
        let start = first.div_euclid(BLOCK).saturating_mul(BLOCK);
        let place = |number: i64| usize::try_from(number.saturating_sub(start)).unwrap_or(usize::MAX);
        parts.clear();
        for numbers in &mut rest {
            // Each list is gone through once.
            let before = numbers.iter().take_while(|n| **n < start).count();
            let within = numbers.iter().skip(before).take_while(|n| n.saturating_sub(start) < BLOCK).count();
            let (part, after) = numbers.split_at(before.saturating_add(within));
            parts.push(part.get(before..).unwrap_or_default());
            *numbers = after;
        }
        if parts.iter().filter(|part| !part.is_empty()).count() < 2 {
            continue;
        }
        for (n, numbers) in parts.iter().enumerate() {
            for number in *numbers {
                if let Some(mask) = masks.get_mut(place(*number)) {
                    *mask |= 1 << n;
                }
            }
        }
        for number in parts.iter().copied().flatten() {
            let held = masks.get_mut(place(*number)).map_or(0, std::mem::take);
            // What a short list holds is met already.
            if held & long != 0 && held & short == 0 && held.count_ones() >= 2 {
                let said = rarity.iter().enumerate().filter(|(n, _)| held >> n & 1 == 1);
                let said: u32 = said.map(|(_, rarity)| *rarity).sum();
                met.push((std::cmp::Reverse(said), *number));
            }
        }
    }
    if met.len() > most {
        met.select_nth_unstable(most);
        met.truncate(most);
    }
    met.into_iter().map(|(_, made)| made).collect()
}

fn bits(flags: impl Iterator<Item = bool>) -> u64 {
    flags.take(LISTS).enumerate().fold(0, |bits, (n, flag)| bits | (u64::from(flag) << n))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn index() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        crate::format::upgrade(&conn, 0).unwrap();
        conn
    }

    fn rule() -> RuleId {
        RuleId::new("r").unwrap()
    }

    fn meeting(keys: &[&str], cuts: &[&str], most: usize) -> Meeting {
        let of = |text: &&str| BlockKey::of(text);
        Meeting {
            keys: keys.iter().map(|k| (of(k), most)).collect(),
            cuts: cuts.iter().map(of).collect(),
            whole: 0,
            small: 0,
            most,
        }
    }

    proptest! {
        #[test]
        fn lists_hold_what_was_put_and_not_taken(
            steps in prop::collection::vec((any::<bool>(), 0_usize..4, 0_i64..40_000), 0..200)
        ) {
            let conn = index();
            let (postings, rule) = (Postings { conn: &conn }, rule());
            let mut expected: BTreeSet<(usize, i64)> = BTreeSet::new();
            for (add, key, made) in steps {
                let text = BlockKey::of(&key.to_string());
                if add {
                    postings.add(&rule, &text, made).unwrap();
                    expected.insert((key, made));
                } else {
                    postings.remove(&rule, &text, made).unwrap();
                    expected.remove(&(key, made));
                }
            }
            for key in 0..4_usize {
                let met = postings.meet(&rule, &meeting(&[&key.to_string()], &[], usize::MAX)).unwrap();
                let own: Vec<i64> = expected.iter().filter(|(k, _)| *k == key).map(|(_, made)| *made).collect();
                prop_assert_eq!(met, own);
            }
            // The bytes are those of a fresh index.
            let fresh = index();
            for (key, made) in &expected {
                Postings { conn: &fresh }.add(&rule, &BlockKey::of(&key.to_string()), *made).unwrap();
            }
            let rows = |conn: &Connection| -> Vec<(i64, i64, Vec<u8>)> {
                let mut all = conn.prepare("SELECT key, chunk, ids FROM postings ORDER BY key, chunk").unwrap();
                let rows = all.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
                rows.map(Result::unwrap).collect()
            };
            prop_assert_eq!(rows(&conn), rows(&fresh));
        }

        /// Against plain sets.
        #[test]
        fn of_long_lists_those_that_share_more_are_met(
            lists in prop::collection::vec(prop::collection::btree_set(0_i64..20_000, 0..60), 1..8),
            keys in 1_usize..8, most in 1_usize..40,
        ) {
            let conn = index();
            let (postings, rule) = (Postings { conn: &conn }, rule());
            for (n, list) in lists.iter().enumerate() {
                for made in list {
                    postings.add(&rule, &BlockKey::of(&n.to_string()), made % 9000).unwrap();
                }
            }
            let lists: Vec<BTreeSet<i64>> =
                lists.iter().map(|l| l.iter().map(|made| made % 9000).collect()).collect();
            let names: Vec<String> = (0..lists.len()).map(|n| n.to_string()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let (key_names, cut_names) = names.split_at(keys.min(names.len()));
            let met = postings.meet(&rule, &meeting(key_names, cut_names, most)).unwrap();
            let own = lists.get(..key_names.len()).unwrap_or_default();
            let short: BTreeSet<i64> =
                own.iter().filter(|l| l.len() <= most).flatten().copied().collect();
            let shared: BTreeSet<i64> = own
                .iter()
                .filter(|l| l.len() > most)
                .flatten()
                .filter(|made| lists.iter().filter(|l| l.contains(made)).count() > 1)
                .copied()
                .collect();
            let met: BTreeSet<i64> = met.into_iter().collect();
            prop_assert!(short.is_subset(&met));
            prop_assert!(met.is_subset(&short.union(&shared).copied().collect()));
            let more = shared.difference(&short).count();
            prop_assert_eq!(met.len(), short.len() + more.min(most));
        }
    }

    #[test]
    fn the_rarest_keys_come_first() {
        let conn = index();
        let (postings, rule) = (Postings { conn: &conn }, rule());
        let put = |key: &str, made| postings.add(&rule, &BlockKey::of(key), made).unwrap();
        for made in 1..=100 {
            put("common", made);
            put("also common", made);
        }
        put("rare", 90);
        assert_eq!(
            postings.meet(&rule, &meeting(&["common"], &["also common", "rare"], 3)).unwrap(),
            [1, 2, 90]
        );
        assert_eq!(postings.meet(&rule, &meeting(&["common"], &["rare"], 3)).unwrap(), [90]);
        assert!(postings.meet(&rule, &meeting(&["common"], &[], 3)).unwrap().is_empty());
        assert_eq!(postings.meet(&rule, &meeting(&["common"], &[], 100)).unwrap().len(), 100);
    }

    #[test]
    fn small_tables_are_met_whole() {
        let conn = index();
        let (postings, rule) = (Postings { conn: &conn }, rule());
        for made in 1..=30 {
            postings.add(&rule, &BlockKey::of("word"), made).unwrap();
        }
        let asked = Meeting { whole: 50, small: 20_000, ..meeting(&["word"], &[], 6) };
        assert_eq!(postings.meet(&rule, &asked).unwrap().len(), 30);
        conn.execute(
            "INSERT INTO records (made, object, id, version, changed_by, body) VALUES (20001, 'o', 'i', 1, 1, '{}')",
            [],
        )
        .unwrap();
        assert!(postings.meet(&rule, &asked).unwrap().is_empty());
    }

    #[test]
    fn damage_is_an_error() {
        let conn = index();
        let (postings, rule) = (Postings { conn: &conn }, rule());
        let digest = BlockKey::of("k").digest(&rule);
        conn.execute("INSERT INTO postings VALUES (?1, 0, x'010203')", [digest]).unwrap();
        assert_eq!(postings.meet(&rule, &meeting(&["k"], &[], 9)).unwrap_err().code(), "store.corrupt");
        assert_eq!(postings.add(&rule, &BlockKey::of("k"), 1).unwrap_err().code(), "store.corrupt");
    }
}
