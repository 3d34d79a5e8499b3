//! Texts by position, in a buffer of their own or shared, and texts as numbers into a dictionary.

use std::fmt::Debug;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Bitmap, ColumnError};

/// Texts that stand elsewhere, such as in the buffers of an Arrow array: a column shares them in place of a copy.
pub trait TextSource: Debug + Send + Sync {
    /// How many texts.
    fn len(&self) -> usize;

    /// True when there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One text; empty beyond the end.
    fn get(&self, at: usize) -> &str;

    /// Adds the texts of a range to a list, in order. A range that ends beyond the last text ends there.
    fn fill<'a>(&'a self, range: Range<usize>, out: &mut Vec<&'a str>) {
        out.extend((range.start..range.end.min(self.len())).map(|at| self.get(at)));
    }
}

/// How many texts [`Texts::blocks`] shows at a time: one for each bit of a word of a bitmap.
pub const BLOCK: usize = 64;

/// Texts by their position: end to end in one buffer of their own, or shared with whoever holds them.
#[derive(Debug, Clone)]
pub struct Texts {
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    Own(Own),
    /// Parts of other lists, one after another.
    Shared(Vec<Part>),
}

/// Texts end to end in one buffer, with their offsets: the form of an Arrow text array.
#[derive(Debug, Clone)]
struct Own {
    data: String,
    /// One more than there are texts; the first is zero.
    offsets: Vec<u32>,
}

/// Some of the texts of a source.
#[derive(Debug, Clone)]
struct Part {
    source: Arc<dyn TextSource>,
    /// The first text in the source.
    start: usize,
    len: usize,
    /// The position of the first text in the whole.
    first: usize,
}

impl TextSource for Own {
    fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    fn get(&self, at: usize) -> &str {
        match (self.offsets.get(at), self.offsets.get(at + 1)) {
            (Some(start), Some(end)) => self.data.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => "",
        }
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self::with_capacity(0, 0)
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Texts {}

impl Texts {
    /// No texts, with room for `texts` of `bytes` in all.
    #[must_use]
    pub fn with_capacity(texts: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(texts + 1);
        offsets.push(0);
        Self { form: Form::Own(Own { data: String::with_capacity(bytes), offsets }) }
    }

    /// From a buffer and the offsets into it, one more than there are texts: those of an Arrow text array.
    ///
    /// # Errors
    /// [`ColumnError::BadOffsets`] when the offsets do not ascend within the buffer on borders of characters.
    pub fn from_offsets(data: String, offsets: Vec<u32>) -> Result<Self, ColumnError> {
        let fits = offsets.is_sorted()
            && !offsets.is_empty()
            && offsets.iter().all(|at| data.is_char_boundary(*at as usize));
        if fits { Ok(Self { form: Form::Own(Own { data, offsets }) }) } else { Err(ColumnError::BadOffsets) }
    }

    /// Texts that stand elsewhere, list after list.
    #[must_use]
    pub fn shared(sources: impl IntoIterator<Item = Arc<dyn TextSource>>) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for source in sources {
            let first = parts.last().map_or(0, |p| p.first + p.len);
            let len = source.len();
            if len > 0 {
                parts.push(Part { source, start: 0, len, first });
            }
        }
        Self { form: Form::Shared(parts) }
    }

    /// The same texts, so that slices of them are made without a copy.
    #[must_use]
    pub fn into_shared(self) -> Self {
        match self.form {
            Form::Own(own) => Self::shared([Arc::new(own) as Arc<dyn TextSource>]),
            Form::Shared(_) => self,
        }
    }

    /// The texts of lists, one list after another.
    #[must_use]
    pub fn joined(lists: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<Part> = Vec::new();
        for list in lists {
            let Form::Shared(parts) = list.into_shared().form else { continue };
            for part in parts {
                let first = all.last().map_or(0, |p| p.first + p.len);
                match all.last_mut() {
                    Some(last)
                        if Arc::ptr_eq(&last.source, &part.source) && last.start + last.len == part.start =>
                    {
                        last.len += part.len;
                    }
                    _ => all.push(Part { first, ..part }),
                }
            }
        }
        Self { form: Form::Shared(all) }
    }

    /// The texts from `start` on, `len` of them at most. Shared ones stay where they are.
    #[must_use]
    pub fn slice(&self, start: usize, len: usize) -> Self {
        let end = start.saturating_add(len).min(self.len());
        match &self.form {
            Form::Own(_) => {
                let mut out = Self::with_capacity(end.saturating_sub(start), 0);
                for at in start..end {
                    if out.push(self.get(at)).is_err() {
                        break;
                    }
                }
                out
            }
            Form::Shared(parts) => {
                let mut cut = Vec::new();
                for part in parts {
                    let (from, to) = (start.max(part.first), end.min(part.first + part.len));
                    if from < to {
                        let (source, start_in) = (part.source.clone(), part.start + (from - part.first));
                        cut.push(Part { source, start: start_in, len: to - from, first: from - start });
                    }
                }
                Self { form: Form::Shared(cut) }
            }
        }
    }

    /// Adds a text. Texts that are shared are copied first.
    ///
    /// # Errors
    /// [`ColumnError::TooLarge`] when the texts would have more than 4 GiB.
    pub fn push(&mut self, text: &str) -> Result<(), ColumnError> {
        if let Form::Shared(_) = &self.form {
            let mut own = Own { data: String::new(), offsets: vec![0] };
            for text in self.iter() {
                own.push(text)?;
            }
            self.form = Form::Own(own);
        }
        match &mut self.form {
            Form::Own(own) => own.push(text),
            Form::Shared(_) => Ok(()),
        }
    }

    /// How many texts.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.form {
            Form::Own(own) => own.len(),
            Form::Shared(parts) => parts.last().map_or(0, |p| p.first + p.len),
        }
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One text; empty beyond the end.
    #[must_use]
    pub fn get(&self, at: usize) -> &str {
        let parts = match &self.form {
            Form::Own(own) => return own.get(at),
            Form::Shared(parts) => parts.as_slice(),
        };
        let part = match parts {
            [one] => Some(one),
            many => many.get(many.partition_point(|p| p.first + p.len <= at)),
        };
        match part {
            Some(part) if at - part.first < part.len => part.source.get(part.start + (at - part.first)),
            _ => "",
        }
    }

    /// All texts, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// Shows the texts in order, [`BLOCK`] at a time, with the position of the first: faster than one by one.
    pub fn blocks<'a>(&'a self, see: impl FnMut(usize, &[&'a str])) {
        self.blocks_in(0, self.len(), see);
    }

    /// As [`Texts::blocks`], of the texts from `first` on, `len` of them at most. Positions are those in the whole.
    pub fn blocks_in<'a>(&'a self, first: usize, len: usize, mut see: impl FnMut(usize, &[&'a str])) {
        let last = first.saturating_add(len).min(self.len());
        let mut block: Vec<&'a str> = Vec::with_capacity(BLOCK);
        for start in (first..last).step_by(BLOCK) {
            let end = (start + BLOCK).min(last);
            block.clear();
            match &self.form {
                Form::Own(own) => own.fill(start..end, &mut block),
                Form::Shared(parts) => {
                    let at = parts.partition_point(|p| p.first + p.len <= start);
                    for part in parts.get(at..).unwrap_or_default().iter().take_while(|p| p.first < end) {
                        let (from, to) = (start.max(part.first), end.min(part.first + part.len));
                        let within = |at: usize| part.start + (at - part.first);
                        part.source.fill(within(from)..within(to), &mut block);
                    }
                }
            }
            see(start, &block);
        }
    }

    /// The length of the longest text, in bytes.
    #[must_use]
    pub fn longest(&self) -> usize {
        let mut longest = 0;
        self.blocks(|_, texts| longest = texts.iter().map(|t| t.len()).fold(longest, usize::max));
        longest
    }
}

impl Own {
    fn push(&mut self, text: &str) -> Result<(), ColumnError> {
        let end = u32::try_from(self.data.len() + text.len()).map_err(|_| ColumnError::TooLarge)?;
        self.data.push_str(text);
        self.offsets.push(end);
        Ok(())
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
    /// The blank texts, and the length of the longest, once they were asked for.
    blanks: OnceLock<Bitmap>,
    longest: OnceLock<usize>,
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
        (self.blanks, self.longest) = (OnceLock::new(), OnceLock::new());
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

    /// Which texts are blank, by number.
    pub(super) fn blanks(&self) -> &Bitmap {
        self.blanks.get_or_init(|| self.texts.iter().map(|text| text.trim_start().is_empty()).collect())
    }

    /// The length of the longest text, in bytes.
    pub(super) fn longest(&self) -> usize {
        *self.longest.get_or_init(|| self.texts.longest())
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

    /// True when the first texts of a list, as far as they are asked, come twice each or more: then a dictionary pays.
    #[must_use]
    pub fn repeats(texts: &Texts) -> bool {
        let asked = texts.len().min(SAMPLE);
        let mut dictionary = Dictionary::default();
        (0..asked).all(|at| dictionary.add(texts.get(at)).is_ok()) && dictionary.len() <= asked / 2
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

    /// The texts of some rows, in the same form.
    #[must_use]
    pub fn slice(&self, start: usize, len: usize) -> Self {
        match self {
            Self::Plain(texts) => Self::Plain(texts.slice(start, len)),
            Self::Coded { codes, dictionary } => {
                let end = start.saturating_add(len).min(codes.len());
                let codes = codes.get(start.min(end)..end).unwrap_or_default().to_vec();
                Self::Coded { codes, dictionary: dictionary.clone() }
            }
        }
    }
}
