//! Many texts, ready to be compared with one after the other.

use super::lanes::{Lanes, Member, Scratch};
use super::pattern::Pattern;
use super::symbol::Symbol;

/// Many texts, laid side by side by length so that a text is compared with up to 32 of them at once: see [`super::Kernels`].
/// What is laid down once serves for any number of texts that are compared with all of them.
///
/// Texts of more than 64 characters are kept apart and compared one by one.
#[derive(Debug, Clone)]
pub struct Batch<C> {
    pub(super) short: Lanes<u16>,
    pub(super) middle: Lanes<u32>,
    pub(super) long: Lanes<u64>,
    /// By number.
    pub(super) beyond: Vec<(u32, Pattern)>,
    pub(super) count: usize,
    symbol: std::marker::PhantomData<C>,
}

impl<C: Symbol> Batch<C> {
    /// Lays down some texts.
    #[must_use]
    pub fn new<T: AsRef<[C]>>(texts: &[T]) -> Self {
        let mut batch = Self {
            short: Lanes::default(),
            middle: Lanes::default(),
            long: Lanes::default(),
            beyond: Vec::new(),
            count: 0,
            symbol: std::marker::PhantomData,
        };
        batch.refill(texts);
        batch
    }

    /// Lays down other texts in the memory of those before.
    pub fn refill<T: AsRef<[C]>>(&mut self, texts: &[T]) {
        self.short.clear();
        self.middle.clear();
        self.long.clear();
        self.beyond.clear();
        self.count = texts.len();
        let (mut short, mut middle, mut long) = (Vec::new(), Vec::new(), Vec::new());
        for (number, text) in (0_u32..).zip(texts) {
            let text = text.as_ref();
            let member = Member { number, length: u32::try_from(text.len()).unwrap_or(u32::MAX) };
            match text.len() {
                0..=16 => short.push(member),
                17..=32 => middle.push(member),
                33..=64 => long.push(member),
                _ => self.beyond.push((number, Pattern::new(text))),
            }
        }
        let text = |number: u32| texts.get(number as usize).map_or(&[][..], AsRef::as_ref);
        let mut scratch = Scratch::default();
        self.short.lay(short, text, &mut scratch);
        self.middle.lay(middle, text, &mut scratch);
        self.long.lay(long, text, &mut scratch);
    }

    /// How many texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// No texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
