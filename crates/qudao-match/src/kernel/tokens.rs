//! Texts as bags of tokens: words, or runs of characters.

use std::collections::HashMap;

/// The number of a token in a [`Vocabulary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(u32);

/// Gives each distinct token of a corpus a small number, in the order in which they are met.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    numbers: HashMap<String, Token>,
}

impl Vocabulary {
    /// The tokens of a text, given as words or as whatever it was cut into.
    ///
    /// ```
    /// use qudao_match::kernel::Vocabulary;
    ///
    /// let mut vocabulary = Vocabulary::default();
    /// let tokens = vocabulary.encode("acme trading acme".split(' '));
    /// assert_eq!((tokens[0], vocabulary.len()), (tokens[2], 2));
    /// ```
    pub fn encode<'t>(&mut self, tokens: impl IntoIterator<Item = &'t str>) -> Vec<Token> {
        tokens.into_iter().map(|token| self.token(token)).collect()
    }

    /// The tokens of a text that are runs of so many characters (q-grams); a shorter text is one token.
    ///
    /// ```
    /// use qudao_match::kernel::Vocabulary;
    ///
    /// assert_eq!(Vocabulary::default().runs("渠道销售", 2).len(), 3);
    /// ```
    pub fn runs(&mut self, text: &str, length: usize) -> Vec<Token> {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let length = length.clamp(1, ends.len().saturating_sub(1).max(1));
        let runs = ends.iter().zip(ends.iter().skip(length));
        runs.filter_map(|(start, end)| text.get(*start..*end)).map(|run| self.token(run)).collect()
    }

    fn token(&mut self, token: &str) -> Token {
        if let Some(known) = self.numbers.get(token) {
            return *known;
        }
        let next = Token(u32::try_from(self.numbers.len()).unwrap_or(u32::MAX));
        self.numbers.insert(token.to_owned(), next);
        next
    }

    /// How many distinct tokens were met.
    #[must_use]
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// No token was met.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }
}

/// Many texts as bags of tokens, listed by token: a text that is compared with all of them is compared with those alone that
/// hold one of its tokens. See [`super::Kernels::tf_idf`] and [`super::Kernels::jaccard`].
///
/// A token weighs (1 + ln *f*) (1 + ln ((*n* + 1) / (*d* + 1))), with *f* how often the text holds it, *d* how many of the *n*
/// texts hold it (G. Salton and C. Buckley, "Term-weighting approaches in automatic text retrieval", 1988), rounded to
/// thousandths: sums of whole numbers are the same in any order.
#[derive(Debug, Clone, Default)]
pub struct TokenBatch {
    /// Where the texts of each token begin; one more at the end.
    starts: Vec<u32>,
    /// The texts of a token after those of another, and what the token weighs there.
    held: Vec<(u32, u32)>,
    /// By token, and by none: what it weighs where it stands once.
    rarities: Vec<f64>,
    unknown: f64,
    pub(super) sizes: Vec<Size>,
}

/// How large a text is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    /// Distinct tokens.
    pub(super) count: u32,
    /// The sum of the squares of their weights.
    pub(super) norm: u64,
}

/// Distinct tokens, sorted, and how often each occurs.
fn counted(text: &[Token]) -> Vec<(Token, u32)> {
    let mut sorted = text.to_vec();
    sorted.sort_unstable();
    let count = |run: &[Token]| u32::try_from(run.len()).unwrap_or(u32::MAX);
    sorted.chunk_by(|a, b| a == b).filter_map(|run| Some((*run.first()?, count(run)))).collect()
}

fn weight(times: u32, rarity: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands")]
    let weight = libm::round((1.0 + libm::log(f64::from(times.max(1)))) * rarity * 1000.0) as u32;
    weight
}

impl TokenBatch {
    /// Lists some texts.
    #[must_use]
    pub fn new<T: AsRef<[Token]>>(texts: &[T]) -> Self {
        let bags: Vec<Vec<(Token, u32)>> = texts.iter().map(|text| counted(text.as_ref())).collect();
        let all = || bags.iter().flatten().map(|(token, _)| token.0 as usize);
        let mut counts = vec![0_u32; all().max().map_or(0, |last| last + 1)];
        for token in all() {
            if let Some(count) = counts.get_mut(token) {
                *count += 1;
            }
        }
        let rarity = |held: u32| 1.0 + libm::log((bags.len() as f64 + 1.0) / (f64::from(held) + 1.0));
        let rarities: Vec<f64> = counts.iter().map(|count| rarity(*count)).collect();
        let mut starts = vec![0_u32];
        let mut end = 0;
        starts.extend(counts.iter().map(|count| {
            end += count;
            end
        }));
        let (mut places, mut held) = (starts.clone(), vec![(0, 0); end as usize]);
        let mut sizes = Vec::with_capacity(bags.len());
        for (number, bag) in (0_u32..).zip(&bags) {
            let mut size = Size::default();
            for (token, times) in bag {
                let weight = weight(*times, rarities.get(token.0 as usize).copied().unwrap_or(0.0));
                size.count += 1;
                size.norm += u64::from(weight) * u64::from(weight);
                if let Some(place) = places.get_mut(token.0 as usize) {
                    if let Some(slot) = held.get_mut(*place as usize) {
                        *slot = (number, weight);
                    }
                    *place += 1;
                }
            }
            sizes.push(size);
        }
        let unknown = rarity(0);
        Self { starts, held, rarities, unknown, sizes }
    }

    /// How many texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// No texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// Calls for the texts that hold a token of a text: number, and the two weights of the token. Gives the size of the text.
    pub(super) fn each_meeting(&self, text: &[Token], mut each: impl FnMut(u32, u32, u32)) -> Size {
        let mut size = Size::default();
        for (token, times) in counted(text) {
            let at = token.0 as usize;
            let own = weight(times, self.rarities.get(at).copied().unwrap_or(self.unknown));
            size.count += 1;
            size.norm += u64::from(own) * u64::from(own);
            if let (Some(start), Some(end)) = (self.starts.get(at), self.starts.get(at + 1)) {
                for (number, weight) in self.held.get(*start as usize..*end as usize).unwrap_or_default() {
                    each(*number, own, *weight);
                }
            }
        }
        size
    }
}

/// The cosine of two texts in thousandths, rounded down. Division and root are exact to the last bit on every machine.
pub(super) fn cosine(common: u64, a: Size, b: Size) -> u32 {
    let cosine = common as f64 / (a.norm as f64 * b.norm as f64).sqrt();
    // Nothing by nothing is no number, which becomes 0.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    let thousandths = (cosine.clamp(0.0, 1.0) * 1000.0) as u32;
    thousandths
}

/// The common tokens among all tokens of two texts in thousandths, rounded down.
pub(super) fn share(common: u64, a: Size, b: Size) -> u32 {
    let all = (u64::from(a.count) + u64::from(b.count)).saturating_sub(common);
    (common * 1000).checked_div(all).and_then(|share| u32::try_from(share).ok()).unwrap_or(0)
}
