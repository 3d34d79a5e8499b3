//! Values laid out as a condition is tested on them: one typed cell of 24 bytes each.
//!
//! A test of a cell has no branch that depends on the value: a number, a date, a time is inside an interval or not, a
//! short text is two words of 64 bits that are equal or not (the inline strings of Neumann and Freitag, "Umbra: A
//! Disk-Based System with In-Memory Performance", CIDR 2020), and a missing value is one more bit. So what it takes does
//! not depend on how well the values can be foretold. A cell that holds what a test is not made for leaves the answer
//! to the values.

use chrono::Datelike;
use qudao_model::{Decimal, Value};

use crate::limits::HEAVY_TEXT;
use crate::quick::{Condition, Leaf, Test};
use crate::syntax::CompareOp;

/// The values of a program's [`inputs`](crate::Program::inputs), ready for [`Program::test_slots`](crate::Program::test_slots).
///
/// For hosts that test many conditions on values they hold, or one condition again and again while some of them
/// change: a form, a stream. They are set one by one and tested as often as wanted.
///
/// ```
/// use qudao_expr::{Env, Program, Slots, Truth};
/// use qudao_model::{ObjectName, Schema, Value};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let schema = Schema::standard("CNY");
/// let object = ObjectName::new("opportunity")?;
/// let env = Env::record(&schema, &object);
/// let gate = Program::condition("size(contacts) > 0 && partner.tier == 'gold'", &env).unwrap();
/// let mut slots: Slots = [Value::Int(2), Value::text("silver")].into_iter().collect();
/// assert_eq!(gate.test_slots(&slots, None, chrono_tz::UTC)?, Truth::False);
/// slots.set(1, Value::text("gold"));
/// assert_eq!(gate.test_slots(&slots, None, chrono_tz::UTC)?, Truth::True);
/// slots.set(0, Value::Missing);
/// assert_eq!(gate.test_slots(&slots, None, chrono_tz::UTC)?, Truth::Unknown);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slots {
    cells: Vec<Cell>,
    values: Vec<Value>,
}

impl Slots {
    /// Sets a value; those before it that were not given are missing.
    pub fn set(&mut self, at: usize, value: Value) {
        if self.values.len() <= at {
            self.values.resize(at + 1, Value::Missing);
            self.cells.resize(at + 1, Cell::MISSING);
        }
        self.cells[at] = Cell::of(&value);
        self.values[at] = value;
    }

    /// The values, in their order.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

impl FromIterator<Value> for Slots {
    fn from_iter<T: IntoIterator<Item = Value>>(values: T) -> Self {
        let values: Vec<Value> = values.into_iter().collect();
        Self { cells: values.iter().map(Cell::of).collect(), values }
    }
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Missing,
    /// An int, decimal or amount: its digits as a whole number, and their scale.
    Number,
    Date,
    Instant,
    Duration,
    Bool,
    /// A text that is no blank: its first 16 bytes, and its length where that is all.
    Text,
    Reference,
    /// Nothing that a cell can hold.
    Other,
}

/// A value as it is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    a: u64,
    b: u64,
    kind: Kind,
    /// The scale of a number, the length of a text.
    size: u8,
}

/// Texts up to this length are held whole.
const SHORT: usize = 16;
/// The length that stands for a longer text.
const LONG: u8 = u8::MAX;
/// Numbers are held with up to this many decimal places.
const SCALES: usize = 8;
/// Numbers up to this size are held, so that bounds need no room for more.
const LARGEST: i64 = i64::MAX / 2;
/// A power of two above the number of kinds.
const KINDS: usize = 16;

impl Cell {
    const MISSING: Self = Self { a: 0, b: 0, kind: Kind::Missing, size: 0 };
    const OTHER: Self = Self { kind: Kind::Other, ..Self::MISSING };

    fn of(value: &Value) -> Self {
        match value {
            Value::Missing => Self::MISSING,
            Value::Bool(holds) => Self::number(Kind::Bool, i64::from(*holds), 0),
            Value::Int(n) => Self::number(Kind::Number, *n, 0),
            Value::Decimal(d) => Self::decimal(d),
            Value::Money(money) => Self::decimal(&money.amount),
            Value::Text(text) => Self::text(Kind::Text, text),
            Value::Date(date) => Self::number(Kind::Date, i64::from(date.num_days_from_ce()), 0),
            Value::Instant(time) => Self::number(Kind::Instant, time.micros(), 0),
            Value::Duration(span) => Self::number(Kind::Duration, span.micros(), 0),
            Value::Reference(id) => Self::text(Kind::Reference, id.as_str()),
            Value::List(_) => Self::OTHER,
        }
    }

    fn decimal(decimal: &Decimal) -> Self {
        match (i64::try_from(decimal.mantissa()), u8::try_from(decimal.scale())) {
            (Ok(digits), Ok(scale)) if usize::from(scale) < SCALES => {
                Self::number(Kind::Number, digits, scale)
            }
            _ => Self::OTHER,
        }
    }

    fn number(kind: Kind, n: i64, scale: u8) -> Self {
        if n.unsigned_abs() > LARGEST.unsigned_abs() {
            return Self::OTHER;
        }
        Self { a: n.cast_unsigned(), b: 0, kind, size: scale }
    }

    fn text(kind: Kind, text: &str) -> Self {
        if text.len() > HEAVY_TEXT {
            return Self::OTHER;
        }
        if kind == Kind::Text && text.trim_start().is_empty() {
            return Self::MISSING;
        }
        let word = |from: usize| {
            let bytes = text.as_bytes().iter().skip(from).take(8);
            bytes.rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
        };
        let size = if text.len() <= SHORT { u8::try_from(text.len()).unwrap_or(LONG) } else { LONG };
        Self { a: word(0), b: word(8), kind, size }
    }
}

/// What is known after some tests: bits that are gathered by `|`.
type Bits = u8;
/// A test decides the whole: a no of `&&`, a yes of `||`.
const DECIDED: Bits = 1;
/// A value is missing.
const UNKNOWN: Bits = 2;
/// A value is none that the test is made for.
const ASK: Bits = 4;

/// `&&` or `||` over tests of cells and more of the kind. All of it is tested: that is faster than finding out what is
/// needed.
#[derive(Debug)]
pub(crate) struct Slotted {
    within: Box<[Within]>,
    among: Box<[Among]>,
    there: Box<[There]>,
    parts: Box<[Slotted]>,
    /// True for `||`.
    or: bool,
    negated: bool,
}

/// A number, date or time that is inside an interval.
#[derive(Debug)]
struct Within {
    /// By the cell's scale: the least number inside, and how far the largest is from it.
    bounds: [(i64, u64); SCALES],
    at: At,
}

/// One of some texts.
#[derive(Debug)]
struct Among {
    words: Box<[Cell]>,
    at: At,
}

/// There is a value.
#[derive(Debug)]
struct There {
    at: At,
}

/// The cell that is tested, and what follows.
#[derive(Debug, Clone, Copy)]
struct At {
    input: usize,
    /// By the cell's kind: what is known of it, with [`DECIDED`] where the test counts.
    kinds: [Bits; KINDS],
    /// [`DECIDED`] where it is the failing of the test that decides.
    flip: Bits,
}

impl At {
    #[inline]
    fn bits(&self, cell: &Cell, passes: bool) -> Bits {
        let decides = Bits::from(passes) ^ self.flip;
        self.kinds[cell.kind as usize % KINDS] & (decides | UNKNOWN | ASK)
    }
}

impl Slotted {
    /// `None` for what cells are not made for.
    pub(crate) fn of(condition: &Condition) -> Option<Self> {
        let mut whole = Parts::default();
        let mut or = false;
        match condition {
            Condition::Not(inner) => {
                let inner = Self::of(inner)?;
                return Some(Self { negated: !inner.negated, ..inner });
            }
            Condition::Node(_) => return None,
            Condition::Test(leaf) => whole.add(leaf, false)?,
            Condition::And(parts) | Condition::Or(parts) => {
                or = matches!(condition, Condition::Or(_));
                for part in parts {
                    match part {
                        Condition::Test(leaf) => whole.add(leaf, or)?,
                        part => whole.parts.push(Self::of(part)?),
                    }
                }
            }
        }
        Some(Self {
            within: whole.within.into(),
            among: whole.among.into(),
            there: whole.there.into(),
            parts: whole.parts.into(),
            or,
            negated: false,
        })
    }

    /// `Some` of the answer, which is `None` where it is unknown; `None` where the values have to be asked.
    #[inline]
    pub(crate) fn test(&self, slots: &Slots) -> Option<Option<bool>> {
        let mut bits = self.tests(&slots.cells);
        if !self.parts.is_empty() {
            bits |= self.inner(&slots.cells);
        }
        if bits & ASK != 0 {
            return None;
        }
        Some(self.answer(bits))
    }

    /// What bits mean that ask for nothing.
    #[inline]
    fn answer(&self, bits: Bits) -> Option<bool> {
        let answer = (bits & DECIDED != 0) == self.or;
        if bits == UNKNOWN { None } else { Some(answer != self.negated) }
    }

    #[inline]
    fn tests(&self, cells: &[Cell]) -> Bits {
        let mut bits = 0;
        for Within { bounds, at } in &self.within {
            let Some(cell) = cells.get(at.input) else { return ASK };
            let (least, width) = bounds[usize::from(cell.size) % SCALES];
            let from = cell.a.cast_signed().wrapping_sub(least).cast_unsigned();
            bits |= at.bits(cell, from <= width);
        }
        for Among { words, at } in &self.among {
            let Some(cell) = cells.get(at.input) else { return ASK };
            let same =
                |word: &Cell| (cell.a ^ word.a) | (cell.b ^ word.b) | u64::from(cell.size ^ word.size) == 0;
            bits |= at.bits(cell, words.iter().fold(false, |any, word| any | same(word)));
        }
        for There { at } in &self.there {
            let Some(cell) = cells.get(at.input) else { return ASK };
            bits |= at.bits(cell, cell.kind != Kind::Missing);
        }
        bits
    }

    fn inner(&self, cells: &[Cell]) -> Bits {
        let mut bits = 0;
        for part in &self.parts {
            let found = part.tests(cells) | part.inner(cells);
            bits |= match part.answer(found & !ASK) {
                _ if found & ASK != 0 => ASK,
                None => UNKNOWN,
                Some(answer) => Bits::from(answer == self.or),
            };
        }
        bits
    }
}

/// The parts of a condition, by what they test.
#[derive(Default)]
struct Parts {
    within: Vec<Within>,
    among: Vec<Among>,
    there: Vec<There>,
    parts: Vec<Slotted>,
}

impl Parts {
    fn add(&mut self, leaf: &Leaf, or: bool) -> Option<()> {
        let at = |kind: Kind, negated: bool| {
            let mut kinds = [ASK; KINDS];
            kinds[Kind::Missing as usize] = UNKNOWN;
            kinds[kind as usize] = DECIDED;
            At { input: leaf.input, kinds, flip: Bits::from(or == negated) }
        };
        let within = |kind, op, around: &dyn Fn(usize) -> Option<(i64, i64)>| {
            Some(Within { bounds: bounds(op, around)?, at: at(kind, op == CompareOp::Ne) })
        };
        match &leaf.test {
            // An input for a child list is its size.
            Test::Has if leaf.list => {
                let mut check = within(Kind::Number, CompareOp::Gt, &|_| Some((0, 0)))?;
                // It is known to be none where it is not given.
                check.at.kinds[Kind::Missing as usize] = DECIDED;
                self.within.push(check);
            }
            Test::Has => {
                let mut at = at(Kind::Number, false);
                at.kinds = [DECIDED; KINDS];
                at.kinds[Kind::Other as usize] = ASK;
                self.there.push(There { at });
            }
            Test::Holds => self.within.push(within(Kind::Bool, CompareOp::Eq, &|_| Some((1, 1)))?),
            Test::Number(op, than) => {
                let than = than.decimal().normalize();
                self.within.push(within(Kind::Number, *op, &|scale| around(than, scale))?);
            }
            Test::Other(op, than) => {
                let cell = Cell::of(than);
                if !matches!(cell.kind, Kind::Date | Kind::Instant | Kind::Duration) {
                    return None;
                }
                let than = cell.a.cast_signed();
                self.within.push(within(cell.kind, *op, &|_| Some((than, than)))?);
            }
            Test::Text(equal, word) => {
                let mut at = at(Kind::Text, !equal);
                at.kinds[Kind::Reference as usize] = DECIDED;
                self.among.push(Among { words: Box::new([short(word)?]), at });
            }
            Test::Among(words) => {
                let words = words.iter().map(|word| short(word)).collect::<Option<_>>()?;
                self.among.push(Among { words, at: at(Kind::Text, false) });
            }
        }
        Some(())
    }
}

/// A short text as a cell; `None` for one that a cell cannot hold, or that is blank.
fn short(word: &str) -> Option<Cell> {
    let cell = Cell::text(Kind::Text, word);
    (cell.kind == Kind::Text && cell.size != LONG).then_some(cell)
}

/// The whole numbers next to a decimal from above and from below once it is moved by some decimal places: the same
/// where it is whole itself. `None` beyond what cells hold.
fn around(decimal: Decimal, scale: usize) -> Option<(i64, i64)> {
    let mut digits = decimal.mantissa();
    let places = i64::from(decimal.scale()) - i64::try_from(scale).ok()?;
    let (up, down) = if places > 0 {
        let unit = 10_i128.checked_pow(u32::try_from(places).ok()?)?;
        let down = digits.div_euclid(unit);
        (down + i128::from(digits.rem_euclid(unit) != 0), down)
    } else {
        for _ in places..0 {
            digits = digits.checked_mul(10)?;
        }
        (digits, digits)
    };
    let clamp = |n: i128| n.clamp(-i128::from(LARGEST) - 1, i128::from(LARGEST) + 1);
    Some((i64::try_from(clamp(up)).ok()?, i64::try_from(clamp(down)).ok()?))
}

/// The interval that a comparison stands for, or its opposite where that is inequality, for each scale: from the whole
/// numbers that are next to the constant, from above and from below.
fn bounds(op: CompareOp, around: &dyn Fn(usize) -> Option<(i64, i64)>) -> Option<[(i64, u64); SCALES]> {
    let mut all = [(0, 0); SCALES];
    for (scale, bounds) in all.iter_mut().enumerate() {
        let (up, down) = around(scale)?;
        let (least, most) = match op {
            CompareOp::Eq | CompareOp::Ne => (up, down),
            CompareOp::Lt => (i64::MIN, up.saturating_sub(1)),
            CompareOp::Le => (i64::MIN, down),
            CompareOp::Gt => (down.saturating_add(1), i64::MAX),
            CompareOp::Ge => (up, i64::MAX),
        };
        // Where nothing is inside: a number that no cell holds.
        *bounds = if least > most { (i64::MIN, 0) } else { (least, most.abs_diff(least)) };
    }
    Some(all)
}
