//! What texts are made of, and small numbers for the characters of a corpus.

mod sealed {
    pub trait Sealed {}
}

/// What a text is made of: a [`Code`] of an [`Alphabet`], a character, a UTF-16 unit or a byte.
pub trait Symbol: Copy + Eq + sealed::Sealed {
    /// Its number, below 2²².
    fn number(self) -> u32;
}

macro_rules! symbols {
    ($($symbol:ty),*) => {$(
        impl sealed::Sealed for $symbol {}
        impl Symbol for $symbol {
            #[inline(always)]
            fn number(self) -> u32 {
                u32::from(self)
            }
        }
    )*};
}

symbols!(u8, u16, char);

/// The number of a character in an [`Alphabet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u32);

impl sealed::Sealed for Code {}

impl Symbol for Code {
    #[inline(always)]
    fn number(self) -> u32 {
        self.0
    }
}

/// How many characters stand on a page of an alphabet.
const PAGE: usize = 256;

/// Gives each distinct character of a corpus a small number, in the order in which they are met: neighbours of few
/// hundred, whatever the script, so that a table of them is small and is read without a search.
///
/// ```
/// use qudao_match::kernel::Alphabet;
///
/// let mut alphabet = Alphabet::default();
/// let name = alphabet.encode("渠道渠");
/// assert_eq!((name[0], alphabet.len()), (name[2], 2));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Alphabet {
    /// By the higher bits of a character. Numbers are one more than those of the codes; 0 is not met yet.
    pages: Vec<Option<Box<[u32; PAGE]>>>,
    count: u32,
}

impl Alphabet {
    /// The code of a character; a new one when it was not met before.
    pub fn code(&mut self, character: char) -> Code {
        let at = character as usize;
        if self.pages.len() <= at / PAGE {
            self.pages.resize(at / PAGE + 1, None);
        }
        let slot = self
            .pages
            .get_mut(at / PAGE)
            .map(|page| page.get_or_insert_with(|| Box::new([0; PAGE])))
            .and_then(|page| page.get_mut(at % PAGE));
        // The page was just made, so there is always a slot.
        let Some(slot) = slot else { return Code(character.into()) };
        if *slot == 0 {
            self.count += 1;
            *slot = self.count;
        }
        Code(*slot - 1)
    }

    /// The codes of a text.
    pub fn encode(&mut self, text: &str) -> Vec<Code> {
        text.chars().map(|character| self.code(character)).collect()
    }

    /// How many distinct characters were met.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// No character was met.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
