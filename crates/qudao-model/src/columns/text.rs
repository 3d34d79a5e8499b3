//! Texts end to end in one buffer, and texts as numbers into a dictionary.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::ColumnError;

/// Texts end to end in one buffer, with their offsets: the form of an Arrow text array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    data: String,
    /// One more than there are texts; the first is zero.
    offsets: Vec<u32>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { data: String::new(), offsets: vec![0] }
    }
}

impl Texts {
    /// No texts, with room for `texts` of `bytes` in all.
    #[must_use]
    pub fn with_capacity(texts: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(texts + 1);
        offsets.push(0);
        Self { data: String::with_capacity(bytes), offsets }
    }

    /// From a buffer and the offsets into it, one more than there are texts: those of an Arrow text array.
    ///
    /// # Errors
    /// [`ColumnError::BadOffsets`] when the offsets do not ascend within the buffer on borders of characters.
    pub fn from_offsets(data: String, offsets: Vec<u32>) -> Result<Self, ColumnError> {
        let fits = offsets.is_sorted()
            && !offsets.is_empty()
            && offsets.iter().all(|at| data.is_char_boundary(*at as usize));
        if fits { Ok(Self { data, offsets }) } else { Err(ColumnError::BadOffsets) }
    }

    /// Adds a text.
    ///
    /// # Errors
    /// [`ColumnError::TooLarge`] when the texts would have more than 4 GiB.
    pub fn push(&mut self, text: &str) -> Result<(), ColumnError> {
        let end = u32::try_from(self.data.len() + text.len()).map_err(|_| ColumnError::TooLarge)?;
        self.data.push_str(text);
        self.offsets.push(end);
        Ok(())
    }

    /// How many texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One text; empty beyond the end.
    #[must_use]
    pub fn get(&self, at: usize) -> &str {
        match (self.offsets.get(at), self.offsets.get(at + 1)) {
            (Some(start), Some(end)) => self.data.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => "",
        }
    }

    /// All texts, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// The bytes of all texts, end to end.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// Where each text begins in [`Texts::data`], and where the last ends.
    #[must_use]
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }
}

impl<'a> FromIterator<&'a str> for Texts {
    /// Texts beyond 4 GiB are left out; [`Texts::push`] tells of them.
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut out = Self::default();
        for text in texts {
            if out.push(text).is_err() {
                break;
            }
        }
        out
    }
}

/// Distinct texts, each with a number: its position.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    texts: Texts,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Dictionary {
    /// The number of no text.
    pub const NONE: u32 = u32::MAX;

    /// The number of a text, where it has one.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        self.index.find(hash, |code| self.texts.get(*code as usize) == text).copied()
    }

    /// The number of a text; a new one where it has none.
    ///
    /// # Errors
    /// [`ColumnError::TooLarge`] when the texts would have more than 4 GiB.
    pub fn add(&mut self, text: &str) -> Result<u32, ColumnError> {
        let hash = self.hasher.hash_one(text);
        if let Some(code) = self.index.find(hash, |code| self.texts.get(*code as usize) == text) {
            return Ok(*code);
        }
        let code = u32::try_from(self.texts.len()).map_err(|_| ColumnError::TooLarge)?;
        self.texts.push(text)?;
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.index.insert_unique(hash, code, |code| hasher.hash_one(texts.get(*code as usize)));
        Ok(code)
    }

    /// The text of a number; empty where there is none.
    #[must_use]
    pub fn get(&self, code: u32) -> &str {
        self.texts.get(code as usize)
    }

    /// How many texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The texts, in the order of their numbers.
    #[must_use]
    pub fn texts(&self) -> &Texts {
        &self.texts
    }
}

/// The texts of a column: each by itself, or as numbers into a dictionary.
#[derive(Debug, Clone, PartialEq)]
pub enum TextData {
    /// Each text by itself: for names, phone numbers and whatever else hardly repeats.
    Plain(Texts),
    /// Numbers into a dictionary, [`Dictionary::NONE`] where there is no value: for what repeats.
    Coded {
        /// A number a row.
        codes: Vec<u32>,
        /// The texts.
        dictionary: Arc<Dictionary>,
    },
}

/// A column is asked after this many rows whether its texts repeat.
const SAMPLE: usize = 4096;

impl TextData {
    /// The texts of rows, with or without a dictionary, as they repeat.
    ///
    /// # Errors
    /// [`ColumnError::TooLarge`] when the texts have more than 4 GiB.
    pub fn collect<'a>(
        rows: impl Iterator<Item = Option<&'a str>> + Clone,
        always_coded: bool,
    ) -> Result<Self, ColumnError> {
        let mut dictionary = Dictionary::default();
        let mut codes = Vec::with_capacity(rows.size_hint().0);
        for (row, text) in rows.clone().enumerate() {
            codes.push(match text {
                None => Dictionary::NONE,
                Some(text) => dictionary.add(text)?,
            });
            if row + 1 == SAMPLE && !always_coded && dictionary.len() > SAMPLE / 2 {
                let mut texts = Texts::default();
                for text in rows {
                    texts.push(text.unwrap_or_default())?;
                }
                return Ok(Self::Plain(texts));
            }
        }
        Ok(Self::Coded { codes, dictionary: Arc::new(dictionary) })
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(texts) => texts.len(),
            Self::Coded { codes, .. } => codes.len(),
        }
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a row; empty where there is none.
    #[must_use]
    pub fn get(&self, row: usize) -> &str {
        match self {
            Self::Plain(texts) => texts.get(row),
            Self::Coded { codes, dictionary } => codes.get(row).map_or("", |code| dictionary.get(*code)),
        }
    }
}
