//! Units in fewer bytes: what a table keeps of its features. Blocks of lengths, letters and digits take one byte a unit, blocks in which
//! anything else stands (Chinese characters, parts of hashes) two.
//!
//! In front stands the number of units, in one byte or five. Then come groups of eight blocks, each behind a byte that tells by a bit which
//! of its blocks are wide.

/// Units that are narrow or wide together.
const BLOCK: usize = 8;
/// Units behind one byte of bits.
const GROUP: usize = BLOCK * 8;
/// Stands before the four bytes of a number of units that is not below it.
const MANY: u8 = 0xff;

/// Adds units to the bytes; nothing for no units.
pub(crate) fn narrow(units: &[u16], out: &mut Vec<u8>) {
    // More than four thousand million would need as much memory twice.
    let Ok(count) = u32::try_from(units.len()) else { return };
    match u8::try_from(count) {
        Ok(0) => {}
        Ok(count) if count < MANY => out.push(count),
        _ => {
            out.push(MANY);
            out.extend_from_slice(&count.to_le_bytes());
        }
    }
    for group in units.chunks(GROUP) {
        let bits = out.len();
        out.push(0);
        let mut wide = 0_u8;
        for (at, block) in group.chunks(BLOCK).enumerate() {
            if block.iter().fold(0, |all, unit| all | unit) > 0xff {
                wide |= 1 << at;
                block.iter().for_each(|unit| out.extend_from_slice(&unit.to_le_bytes()));
            } else {
                out.extend(block.iter().map(|unit| unit.to_le_bytes()[0]));
            }
        }
        if let Some(slot) = out.get_mut(bits) {
            *slot = wide;
        }
    }
}

/// So many bytes are read at a time, though fewer may count: bytes that are read end with as many of no meaning.
pub(crate) const SLACK: usize = BLOCK * 2;

/// The units with which these bytes begin. Others may follow; [`SLACK`] do. What [`narrow`] does not make may give any units.
///
/// Which blocks are wide cannot be foreseen, so that both ways are gone and one is taken.
#[inline]
pub(crate) fn widen<'b>(bytes: &[u8], out: &'b mut Vec<u16>) -> &'b [u16] {
    let (count, mut rest) = match bytes {
        [MANY, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]), rest),
        [count, rest @ ..] => (u32::from(*count), rest),
        [] => (0, bytes),
    };
    // Each takes a byte at least.
    let count = (count as usize).min(rest.len());
    out.resize(count.next_multiple_of(BLOCK), 0);
    'groups: for group in out.chunks_mut(GROUP) {
        let Some((wide, after)) = rest.split_first() else { break };
        rest = after;
        let mut wide = *wide;
        for block in group.as_chunks_mut::<BLOCK>().0 {
            let (bit, Some(read)) = (wide & 1, rest.first_chunk::<SLACK>()) else { break 'groups };
            let (low, high) = (word(read, 0), word(read, 8));
            let mask = u64::from(bit).wrapping_neg();
            let first = spread(low) & !mask | low & mask;
            let second = spread(low >> 32) & !mask | high & mask;
            *block = units(first, second);
            rest = rest.get(BLOCK << bit..).unwrap_or_default();
            wide >>= 1;
        }
    }
    out.truncate(count);
    out
}

#[inline]
fn word(bytes: &[u8; SLACK], at: usize) -> u64 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The lower four bytes, each in the place of two.
#[inline]
fn spread(word: u64) -> u64 {
    let pairs = (word & 0xffff) | (word << 16 & 0xffff_0000_0000);
    (pairs | pairs << 8) & 0x00ff_00ff_00ff_00ff
}

/// Four units in each of two words.
#[inline]
fn units(first: u64, second: u64) -> [u16; BLOCK] {
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are meant")]
    let unit = |word: u64, at: u32| (word >> (16 * at)) as u16;
    let (a, b) = (first, second);
    [unit(a, 0), unit(a, 1), unit(a, 2), unit(a, 3), unit(b, 0), unit(b, 1), unit(b, 2), unit(b, 3)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(units: &[u16]) -> usize {
        let mut bytes = Vec::new();
        narrow(units, &mut bytes);
        let length = bytes.len();
        if length == 0 {
            // What is missing is nowhere to be read.
            assert!(units.is_empty());
            return 0;
        }
        bytes.extend_from_slice(&[0xee; SLACK]);
        // What was in the buffer before does not matter.
        for mut out in [vec![], vec![7; 3], vec![9; 100_000]] {
            assert_eq!(widen(&bytes, &mut out), units);
        }
        length
    }

    #[test]
    fn letters_take_one_byte_and_chinese_characters_two() {
        let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
        for (text, bytes) in [
            ("", 0),
            ("acme", 6),
            ("acme international industries", 31),
            ("华为技术有限公司", 18),
            ("中国石油天然气集团有限公司 no. 1", 2 + 2 * 16 + 3),
            ("ü", 3),
        ] {
            assert_eq!(there_and_back(&units(text)), bytes, "{text}");
        }
    }

    #[test]
    fn every_unit_comes_back() {
        let all: Vec<u16> = (0..u16::MAX).collect();
        there_and_back(&all);
        there_and_back(&[u16::MAX]);
        for length in [1, 7, 8, 9, 63, 64, 65, 254, 255, 256, 1000] {
            there_and_back(&vec![0x41; length]);
            there_and_back(&vec![0x4e41; length]);
        }
    }

    proptest! {
        #[test]
        fn what_is_made_narrow_is_made_wide(
            units in prop::collection::vec(prop_oneof![9 => 0..0x80_u16, 1 => any::<u16>()], 0..300)
        ) {
            there_and_back(&units);
        }

        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = widen(&bytes, &mut Vec::new());
        }
    }
}
