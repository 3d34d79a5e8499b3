//! A question asked of every text of a column: once for each distinct text, where there is a dictionary.

use qudao_model::columns::{Bitmap, Dictionary, TextData};

/// The rows whose text has a property. `asked` tells which rows matter; others are false.
pub(super) fn rows_where(texts: &TextData, asked: &Bitmap, mut holds: impl FnMut(&str) -> bool) -> Bitmap {
    match texts {
        TextData::Coded { codes, dictionary } => {
            // 0: not asked yet, 1: no, 2: yes.
            let mut known = vec![0_u8; dictionary.len()];
            let mut out = Bitmap::filled(codes.len(), false);
            for row in asked.ones() {
                let Some(code) = codes.get(row).filter(|c| **c != Dictionary::NONE) else { continue };
                let Some(slot) = known.get_mut(*code as usize) else { continue };
                if *slot == 0 {
                    *slot = 1 + u8::from(holds(dictionary.get(*code)));
                }
                if *slot == 2 {
                    out.set(row, true);
                }
            }
            out
        }
        TextData::Plain(texts) => {
            let mut out = Bitmap::filled(texts.len(), false);
            for row in asked.ones() {
                if holds(texts.get(row)) {
                    out.set(row, true);
                }
            }
            out
        }
    }
}
