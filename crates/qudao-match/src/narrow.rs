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

/// The units in these bytes. What [`narrow`] does not make may give any others.
#[inline]
pub(crate) fn widen<'b>(bytes: &[u8], out: &'b mut Vec<u16>) -> &'b [u16] {
    let (count, mut rest) = match bytes {
        [MANY, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]), rest),
        [count, rest @ ..] => (u32::from(*count), rest),
        [] => (0, bytes),
    };
    // Each takes a byte at least.
    out.resize((count as usize).min(rest.len()), 0);
    for group in out.chunks_mut(GROUP) {
        let Some((wide, after)) = rest.split_first() else { break };
        rest = after;
        for (at, block) in group.chunks_mut(BLOCK).enumerate() {
            rest = if wide >> at & 1 == 0 { single(block, rest) } else { double(block, rest) };
        }
    }
    out
}

/// Fills a block with single bytes, and gives back those behind.
#[inline]
fn single<'r>(block: &mut [u16], rest: &'r [u8]) -> &'r [u8] {
    // Of whole blocks the length is known beforehand, which makes them fast.
    if let (Ok(block), Some((of_block, after))) =
        (<&mut [u16; BLOCK]>::try_from(&mut *block), rest.split_first_chunk::<BLOCK>())
    {
        *block = of_block.map(u16::from);
        return after;
    }
    let Some((of_block, after)) = rest.split_at_checked(block.len()) else { return &[] };
    for (unit, byte) in block.iter_mut().zip(of_block) {
        *unit = u16::from(*byte);
    }
    after
}

/// Fills a block with two bytes a unit, and gives back those behind.
#[inline]
fn double<'r>(block: &mut [u16], rest: &'r [u8]) -> &'r [u8] {
    if let (Ok(block), Some((of_block, after))) =
        (<&mut [u16; BLOCK]>::try_from(&mut *block), rest.split_first_chunk::<{ BLOCK * 2 }>())
    {
        for (unit, bytes) in block.iter_mut().zip(of_block.as_chunks::<2>().0) {
            *unit = u16::from_le_bytes(*bytes);
        }
        return after;
    }
    let Some((of_block, after)) = rest.split_at_checked(block.len() * 2) else { return &[] };
    for (unit, bytes) in block.iter_mut().zip(of_block.as_chunks::<2>().0) {
        *unit = u16::from_le_bytes(*bytes);
    }
    after
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(units: &[u16]) -> usize {
        let mut bytes = Vec::new();
        narrow(units, &mut bytes);
        // What was in the buffer before does not matter.
        for mut out in [vec![], vec![7; 3], vec![9; 100_000]] {
            assert_eq!(widen(&bytes, &mut out), units);
        }
        bytes.len()
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
