//! Who a record meets in the index.
//!
//! A key within its limit gives all its records. Of a longer list, a record is met when it shares another key or a cut too; what is
//! common counts for neither, since what it has in common with another key is too much still. Where more than [`Meeting::most`] are
//! met so, those that share the rarest keys come first, the earliest made among equals, and the rest is left out.
//!
//! So records can take the place of others. For somebody who does not see all of them, those that are seen are met among themselves, by
//! lists that hold nothing else: what is not seen then changes nothing of what is, and is met beside.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use qudao_model::{BlockKey, Meeting, RuleId, Seen};
use rusqlite::OptionalExtension as _;

use crate::StoreError;
use crate::postings::{List, Postings};

/// How many lists take part where a list is long: one bit each.
const LISTS: usize = 64;
/// A key of more records than these says too little to be looked at beside another.
const COMMON: usize = 4096;

/// What a list is to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// A key within its limit.
    Short,
    /// A longer key.
    Long,
    /// Tells among the records of longer keys.
    Cut,
}

/// A list that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Side {
    numbers: List,
    stands: Stands,
}

impl Side {
    fn of_key(numbers: List, limit: usize) -> Self {
        let stands = if numbers.len() > limit { Stands::Long } else { Stands::Short };
        Self { numbers, stands }
    }
}

impl Postings<'_> {
    /// The numbers of the records that a record meets, ascending.
    pub(crate) fn meet(&self, rule: &RuleId, meeting: &Meeting) -> Result<List, StoreError> {
        let least = if self.last()? <= i64::from(meeting.small) { meeting.whole } else { 0 };
        let mut sides = BTreeMap::new();
        for (key, limit) in &meeting.keys {
            let digest = key.digest(rule);
            if let Entry::Vacant(slot) = sides.entry(digest)
                && let Some(list) = self.list(digest, COMMON)?
            {
                slot.insert(Side::of_key(list, least.max(*limit)));
            }
        }
        let mut met = chosen(rule, meeting, sides, |digest| self.list(digest, COMMON))?;
        if let Some(seen) = &meeting.seen {
            self.meet_seen(rule, meeting, seen, &mut met)?;
        }
        met.sort_unstable();
        met.dedup();
        Ok(met)
    }

    /// Puts in the place of the records that are seen those that are met among them alone.
    ///
    /// Where no list is longer than any list may be, all are met, and nobody's sight need be worked out.
    fn meet_seen(
        &self,
        rule: &RuleId,
        meeting: &Meeting,
        seen: &Seen,
        met: &mut List,
    ) -> Result<(), StoreError> {
        let mut keys: BTreeMap<i64, usize> = BTreeMap::new();
        for (key, limit) in &meeting.keys {
            keys.insert(key.digest(rule), meeting.whole.max(*limit));
        }
        let mut long = false;
        let mut lists: BTreeMap<i64, Option<List>> = BTreeMap::new();
        for (digest, limit) in &keys {
            let list = self.list(*digest, *limit)?;
            long |= list.is_none();
            lists.insert(*digest, list);
        }
        if long {
            let seen = self.seen(seen)?;
            let is_seen = |number: &i64| seen.binary_search(number).is_ok();
            met.retain(|number| !is_seen(number));
            let mut sides = BTreeMap::new();
            for (digest, limit) in &keys {
                let list = match lists.get(digest).and_then(Option::as_ref) {
                    Some(list) => {
                        met.extend(list);
                        Some(list.iter().copied().filter(|number| is_seen(number)).collect())
                    }
                    None => self.among(*digest, &seen, COMMON.max(*limit))?,
                };
                if let Some(list) = list {
                    sides.insert(*digest, Side::of_key(list, *limit));
                }
            }
            met.extend(chosen(rule, meeting, sides, |digest| self.among(digest, &seen, COMMON))?);
        } else {
            met.extend(lists.into_values().flatten().flatten());
        }
        Ok(())
    }

    /// The numbers of the records that are seen, ascending.
    fn seen(&self, seen: &Seen) -> Result<List, StoreError> {
        let sight = RuleId::sight();
        let mut numbers = List::new();
        let lists = |key: &BlockKey, numbers: &mut List| -> Result<(), StoreError> {
            numbers.extend(self.list(key.digest(&sight), usize::MAX)?.into_iter().flatten());
            Ok(())
        };
        for key in &seen.keys {
            lists(key, &mut numbers)?;
        }
        let mut by_id = self.conn.prepare_cached("SELECT made FROM records WHERE object = ?1 AND id = ?2")?;
        for record in &seen.records {
            let made = by_id.query_row([record.object.as_str(), record.id.as_str()], |row| row.get(0));
            numbers.extend(made.optional()?.into_iter().collect::<List>());
        }
        let mut by_number = self.conn.prepare_cached("SELECT id FROM records WHERE made = ?1")?;
        for (object, field, parents) in &seen.through {
            for parent in self.seen(parents)? {
                let mut found = by_number.query([parent])?;
                if let Some(row) = found.next()? {
                    let id = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
                    lists(&BlockKey::seen(object, field.as_str(), id), &mut numbers)?;
                }
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// The number of the record made last.
    fn last(&self) -> Result<i64, StoreError> {
        let last: Option<i64> =
            self.conn.prepare_cached("SELECT max(made) FROM records")?.query_row([], |row| row.get(0))?;
        Ok(last.unwrap_or(0))
    }
}

/// The records of short lists, and those of long ones that share more. `list` gives the records of a cut, unless it is common.
fn chosen(
    rule: &RuleId,
    meeting: &Meeting,
    mut sides: BTreeMap<i64, Side>,
    list: impl Fn(i64) -> Result<Option<List>, StoreError>,
) -> Result<List, StoreError> {
    let mut met = List::new();
    for side in sides.values().filter(|side| side.stands == Stands::Short) {
        met.extend_from_slice(&side.numbers);
    }
    if sides.values().any(|side| side.stands == Stands::Long) {
        for cut in &meeting.cuts {
            let digest = cut.digest(rule);
            if sides.len() < LISTS
                && let Entry::Vacant(slot) = sides.entry(digest)
                && let Some(numbers) = list(digest)?
            {
                slot.insert(Side { numbers, stands: Stands::Cut });
            }
        }
        let sides: Vec<Side> = sides.into_values().collect();
        met.extend(from_long(&sides, meeting.most));
    }
    Ok(met)
}

/// Of the records in the long lists, those that are in a second list: at most so many, those of the rarest lists first.
fn from_long(lists: &[Side], most: usize) -> List {
    let lists = lists.get(..LISTS).unwrap_or(lists);
    let long: u64 = bits(lists.iter().map(|l| l.stands == Stands::Long));
    let short: u64 = bits(lists.iter().map(|l| l.stands == Stands::Short));
    let count = |list: &Side| list.numbers.len().max(1).ilog2();
    let largest = lists.iter().map(count).max().unwrap_or(0);
    // A list half as long says one more.
    let rarity: Vec<u32> = lists.iter().map(|l| largest.saturating_sub(count(l)).saturating_add(1)).collect();
    // What is in the lists is many, what is in two of them is few. So a first look over all finds what may be in two: two numbers may share a
    // bit, which the second look tells.
    let total: usize = lists.iter().map(|list| list.numbers.len()).sum();
    let mut seen = Bits::of(total.saturating_mul(16));
    let mut again = seen.clone();
    for number in lists.iter().flat_map(|list| &list.numbers) {
        if seen.set(*number) {
            again.set(*number);
        }
    }
    let mut shared: Vec<(i64, u64)> = Vec::new();
    for (n, list) in lists.iter().enumerate() {
        let of_list = list.numbers.iter().filter(|number| again.has(**number));
        shared.extend(of_list.map(|number| (*number, 1_u64 << n)));
    }
    shared.sort_unstable();
    let mut met: Vec<(std::cmp::Reverse<u32>, i64)> = Vec::new();
    for of_number in shared.chunk_by(|a, b| a.0 == b.0) {
        let held = of_number.iter().fold(0, |held, (_, bit)| held | bit);
        // What a short list holds is met already.
        if held & short == 0 && held & long != 0 && held.count_ones() >= 2 {
            let said = rarity.iter().enumerate().filter(|(n, _)| held >> n & 1 == 1);
            let said: u32 = said.map(|(_, rarity)| *rarity).sum();
            met.extend(of_number.first().map(|(number, _)| (std::cmp::Reverse(said), *number)));
        }
    }
    if met.len() > most {
        met.select_nth_unstable(most);
        met.truncate(most);
    }
    met.into_iter().map(|(_, made)| made).collect()
}

/// Which numbers were seen, as far as two do not share a bit.
#[derive(Clone)]
struct Bits(Vec<u64>);

impl Bits {
    /// Of so many bits at least, a power of two of them.
    fn of(bits: usize) -> Self {
        Self(vec![0; bits.div_ceil(64).max(1).next_power_of_two()])
    }

    fn place(&self, number: i64) -> (usize, u64) {
        let number = number.cast_unsigned();
        // The length is a power of two.
        let word = usize::try_from(number >> 6 & (self.0.len() as u64).wrapping_sub(1)).unwrap_or(0);
        (word, 1 << (number & 63))
    }

    /// True where the bit was set before.
    fn set(&mut self, number: i64) -> bool {
        let (word, bit) = self.place(number);
        self.0.get_mut(word).is_some_and(|word| {
            let before = *word & bit != 0;
            *word |= bit;
            before
        })
    }

    fn has(&self, number: i64) -> bool {
        let (word, bit) = self.place(number);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn bits(flags: impl Iterator<Item = bool>) -> u64 {
    flags.take(LISTS).enumerate().fold(0, |bits, (n, flag)| bits | (u64::from(flag) << n))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::{index, rule};
    use proptest::prelude::*;
    use rusqlite::Connection;

    fn meeting(keys: &[&str], cuts: &[&str], most: usize) -> Meeting {
        let of = |text: &&str| BlockKey::of(text);
        Meeting {
            keys: keys.iter().map(|k| (of(k), most)).collect(),
            cuts: cuts.iter().map(of).collect(),
            whole: 0,
            small: 0,
            most,
            seen: None,
        }
    }

    proptest! {
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
            // One by one, what `from_long` finds list by list.
            let size = |l: &BTreeSet<i64>| l.len().max(1).ilog2();
            let cuts = lists.get(own.len()..).unwrap_or_default();
            let largest = lists.iter().map(size).max().unwrap_or(0);
            let mut ranked: Vec<(std::cmp::Reverse<u32>, i64)> = shared
                .difference(&short)
                .map(|made| {
                    let held = own.iter().chain(cuts).filter(|l| l.contains(made));
                    (std::cmp::Reverse(held.map(|l| largest - size(l) + 1).sum()), *made)
                })
                .collect();
            ranked.sort_unstable();
            let expected = ranked.into_iter().take(most).map(|(_, made)| made).chain(short.iter().copied());
            prop_assert_eq!(&expected.collect::<BTreeSet<i64>>(), &met);
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

    proptest! {
        /// Records that are not seen change nothing of those that are; keys of any length.
        #[test]
        fn what_is_not_seen_changes_nothing_of_what_is(
            records in prop::collection::vec((any::<bool>(), prop::collection::btree_set(0_usize..8, 1..5)), 0..40),
            keys in 1_usize..6, most in 1_usize..5, through in any::<bool>(),
        ) {
            let (both, alone) = (index(), index());
            let seen = if through {
                let parents = Seen { keys: vec![BlockKey::of("of parents")], ..Seen::default() };
                let object = qudao_model::ObjectName::new("child").unwrap();
                Seen { through: vec![(object, qudao_model::FieldName::new("parent").unwrap(), parents)], ..Seen::default() }
            } else {
                Seen { keys: vec![BlockKey::of("seen")], ..Seen::default() }
            };
            for conn in [&both, &alone] {
                conn.execute("INSERT INTO records VALUES (900, 'parent', 'p', 1, 1, '{}')", []).unwrap();
                Postings { conn }.add(&RuleId::sight(), &BlockKey::of("of parents"), 900).unwrap();
                let mut next = 1000;
                for (is_seen, keys) in records.iter().filter(|(is_seen, _)| *is_seen || std::ptr::eq(conn, &both)) {
                    // Only the order of making is the same.
                    next += if *is_seen { 1 } else { 7000 };
                    let postings = Postings { conn };
                    let id = if *is_seen { format!("s{next}") } else { format!("h{next}") };
                    conn.execute("INSERT INTO records VALUES (?1, 'child', ?2, 1, 1, '{}')", (next, id)).unwrap();
                    for key in keys {
                        postings.add(&rule(), &BlockKey::of(&key.to_string()), next).unwrap();
                    }
                    let object = qudao_model::ObjectName::new("child").unwrap();
                    let key = match (*is_seen, through) {
                        (true, true) => BlockKey::seen(&object, "parent", "p"),
                        (true, false) => BlockKey::of("seen"),
                        (false, _) => BlockKey::of("others"),
                    };
                    postings.add(&RuleId::sight(), &key, next).unwrap();
                }
            }
            let names: Vec<String> = (0..8).map(|n| n.to_string()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let (keys, cuts) = names.split_at(keys);
            let asked = Meeting { seen: Some(seen), whole: most, ..meeting(keys, cuts, most) };
            let met = |conn: &Connection| -> Vec<i64> {
                let is_seen = |made: &i64| {
                    let sql = "SELECT id LIKE 's%' FROM records WHERE made = ?1";
                    conn.query_row(sql, [made], |row| row.get::<_, bool>(0)).unwrap()
                };
                let place = |made: i64| {
                    let sql = "SELECT count(*) FROM records WHERE id LIKE 's%' AND made < ?1";
                    conn.query_row(sql, [made], |row| row.get::<_, i64>(0)).unwrap()
                };
                let met = Postings { conn }.meet(&rule(), &asked).unwrap();
                met.into_iter().filter(is_seen).map(place).collect()
            };
            prop_assert_eq!(met(&both), met(&alone));
        }
    }

    /// Nor does a key that is common among all, and rare among what is seen.
    #[test]
    fn what_is_common_among_others_is_met() {
        let conn = index();
        let (postings, rule) = (Postings { conn: &conn }, rule());
        let object = qudao_model::ObjectName::new("o").unwrap();
        let mine = BlockKey::seen(&object, "owner", "me");
        for made in 1..=COMMON as i64 + 10 {
            postings.add(&rule, &BlockKey::of("word"), made).unwrap();
        }
        for made in [7, 4100] {
            postings.add(&RuleId::sight(), &mine, made).unwrap();
        }
        let asked = meeting(&["word"], &[], 6);
        assert!(postings.meet(&rule, &asked).unwrap().is_empty());
        let asked = Meeting { seen: Some(Seen { keys: vec![mine], ..Seen::default() }), ..asked };
        assert_eq!(postings.meet(&rule, &asked).unwrap(), [7, 4100]);
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
