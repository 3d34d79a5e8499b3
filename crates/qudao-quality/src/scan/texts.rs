//! A question asked of every text of a column: once for each distinct text, where there is a dictionary.

use qudao_model::columns::{Bitmap, Dictionary, TextData};

use super::judge::Judge;

/// The rows whose text has a property. `asked` tells which rows matter; others are false.
pub(super) fn rows_where(texts: &TextData, asked: &Bitmap, mut holds: impl FnMut(&str) -> bool) -> Bitmap {
    match texts {
        TextData::Coded { codes, dictionary } => {
            // A dictionary that is larger than what is asked is not gone through.
            let mut known = match dictionary.len() <= codes.len() {
                // 0: not asked yet, 1: no, 2: yes.
                true => vec![0_u8; dictionary.len()],
                false => Vec::new(),
            };
            let mut out = Bitmap::filled(codes.len(), false);
            for row in asked.ones() {
                let Some(code) = codes.get(row).filter(|c| **c != Dictionary::NONE) else { continue };
                let answer = match known.get_mut(*code as usize) {
                    Some(slot) => {
                        if *slot == 0 {
                            *slot = 1 + u8::from(holds(dictionary.get(*code)));
                        }
                        *slot == 2
                    }
                    None => holds(dictionary.get(*code)),
                };
                if answer {
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

/// The rows whose text does not meet a rule.
pub(super) fn refused(texts: &TextData, asked: &Bitmap, judge: &Judge<'_>) -> Bitmap {
    match texts {
        TextData::Coded { .. } => rows_where(texts, asked, |text| judge.refuses(text)),
        TextData::Plain(texts) => {
            let mut words = Vec::with_capacity(asked.words().len());
            texts.blocks(|start, block| {
                let word = asked.word_at(start);
                words.push(if word == 0 { 0 } else { judge.refused(block, word) });
            });
            Bitmap::from_words(words, texts.len())
        }
    }
}
