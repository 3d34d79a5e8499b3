//! Numbers with Chinese numerals and units: 一百二十万, 1亿2000万, 壹佰万, 三万五.

use rust_decimal::Decimal;

/// A piece of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A number in digits, or a single Chinese one.
    Number(Decimal),
    /// 零, which bridges a gap.
    Zero,
    /// 十, 百, 千: powers of ten within a group of four.
    Small(u32),
    /// 万, 亿: groups of four and eight.
    Large(u32),
}

/// The value of a Chinese digit, also in the forms used on bills.
fn digit(c: char) -> Option<u32> {
    Some(match c {
        '一' | '壹' | '弌' => 1,
        '二' | '贰' | '貳' | '两' | '兩' => 2,
        '三' | '叁' | '參' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn unit(c: char) -> Option<Token> {
    Some(match c {
        '十' | '拾' => Token::Small(1),
        '百' | '佰' => Token::Small(2),
        '千' | '仟' => Token::Small(3),
        '万' | '萬' => Token::Large(4),
        '亿' | '億' => Token::Large(8),
        _ => return None,
    })
}

/// Whether a text holds a Chinese numeral or unit.
pub(crate) fn has_numeral(text: &str) -> bool {
    text.chars().any(|c| digit(c).is_some() || unit(c).is_some() || matches!(c, '零' | '〇'))
}

/// Reads a whole number or one with decimals before its only units; `digits` reads the runs of digits in it. `None` where
/// the text is no number of this kind.
pub(crate) fn read(text: &str, digits: impl Fn(&str) -> Option<Decimal>) -> Option<Decimal> {
    let tokens = tokens(text, digits)?;
    if tokens == [Token::Zero] {
        return Some(Decimal::ZERO);
    }
    let mut number = Reader::default();
    for token in tokens {
        number.take(token)?;
    }
    number.close()
}

fn tokens(text: &str, digits: impl Fn(&str) -> Option<Decimal>) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            let end =
                rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(rest.len());
            let (run, after) = rest.split_at_checked(end)?;
            out.push(Token::Number(digits(run)?));
            rest = after;
        } else {
            out.push(match c {
                '零' | '〇' => Token::Zero,
                _ => unit(c).or_else(|| digit(c).map(|d| Token::Number(Decimal::from(d))))?,
            });
            rest = rest.get(c.len_utf8()..)?;
        }
        rest = rest.trim_start();
    }
    Some(out)
}

/// A number as far as it has been read: closed groups, the group of four in hand, the digit without a unit yet.
#[derive(Debug, Default)]
struct Reader {
    high: Decimal,
    middle: Decimal,
    group: Decimal,
    pending: Option<Decimal>,
    /// The unit read last, as a power of ten, when nothing but a digit followed it.
    after: Option<u32>,
    /// The power that the next 十, 百, 千 must stay under.
    small_below: Option<u32>,
    /// What is still to come must stay under this power.
    room: Option<u32>,
    large: Option<u32>,
    started: bool,
    fraction: bool,
}

impl Reader {
    fn take(&mut self, token: Token) -> Option<()> {
        match token {
            Token::Zero => {
                if self.pending.is_some() || !self.started {
                    return None;
                }
                self.after = None;
            }
            Token::Number(n) => {
                let fraction = !n.fract().is_zero();
                if self.pending.is_some() || self.fraction || (fraction && self.started) {
                    return None;
                }
                self.fraction = fraction;
                self.pending = Some(n);
            }
            Token::Small(power) => {
                if self.small_below.is_some_and(|below| power >= below) {
                    return None;
                }
                // 十 alone is ten; 百 and 千 want a digit.
                let count = match self.pending.take() {
                    Some(n) if n < Decimal::TEN && !n.is_zero() => n,
                    None if power == 1 => Decimal::ONE,
                    _ => return None,
                };
                self.group = self.group.checked_add(count.checked_mul(ten_to(power))?)?;
                self.small_below = Some(power);
                self.after = Some(power);
            }
            Token::Large(power) => {
                if self.large.is_some_and(|last| last < power && !(last == 4 && self.high.is_zero()))
                    || (self.large == Some(power))
                {
                    return None;
                }
                let group = self.group.checked_add(self.pending.take().unwrap_or_default())?;
                self.group = Decimal::ZERO;
                if power == 4 {
                    if group.is_zero()
                        || self.room.is_some_and(|room| group >= ten_to(room.saturating_sub(4)))
                    {
                        return None;
                    }
                    self.middle = group.checked_mul(ten_to(4))?;
                } else {
                    let all = self.middle.checked_add(group)?;
                    if all.is_zero() || !self.high.is_zero() {
                        return None;
                    }
                    self.high = all.checked_mul(ten_to(8))?;
                    self.middle = Decimal::ZERO;
                }
                self.large = Some(power);
                self.room = Some(power);
                self.small_below = None;
                self.after = Some(power);
            }
        }
        self.started = true;
        Some(())
    }

    fn close(mut self) -> Option<Decimal> {
        if let Some(n) = self.pending.take() {
            // 三万五 is 35,000: a digit right behind a unit counts tenths of it; 三十五 is not among them.
            let tenth = self.after.filter(|p| *p >= 2 && n < Decimal::TEN && !n.is_zero());
            let value = match tenth {
                Some(power) => n.checked_mul(ten_to(power.saturating_sub(1)))?,
                None => n,
            };
            if tenth.is_none() && self.small_below.is_some_and(|below| value >= ten_to(below)) {
                return None;
            }
            self.group = self.group.checked_add(value)?;
        }
        if self.room.is_some_and(|room| self.group >= ten_to(room)) {
            return None;
        }
        let value = self.high.checked_add(self.middle)?.checked_add(self.group)?;
        self.started.then_some(value)
    }
}

fn ten_to(power: u32) -> Decimal {
    Decimal::from_i128_with_scale(10_i128.saturating_pow(power), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<String> {
        read(text, |run| run.replace(',', "").parse().ok()).map(|d| d.normalize().to_string())
    }

    #[test]
    fn reads() {
        for (text, expected) in [
            ("零", "0"),
            ("五", "5"),
            ("十", "10"),
            ("十五", "15"),
            ("二十五", "25"),
            ("一百零五", "105"),
            ("一百五", "150"),
            ("一百一十", "110"),
            ("两千零五十", "2050"),
            ("一万零五", "10005"),
            ("三万五", "35000"),
            ("3万5千", "35000"),
            ("3 万 5 千", "35000"),
            ("一百二十万", "1200000"),
            ("一千二百三十四万五千六百七十八", "12345678"),
            ("一亿", "100000000"),
            ("1亿2000万", "120000000"),
            ("一亿零五百", "100000500"),
            ("二万亿", "2000000000000"),
            ("一万二千亿", "1200000000000"),
            ("1.5千万", "15000000"),
            ("1万500", "10500"),
            ("壹拾贰萬叁仟", "123000"),
        ] {
            assert_eq!(value(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn refuses() {
        for text in [
            "",
            "百",
            "千万",
            "万",
            "一二",
            "二〇二四",
            "零五",
            "一百千",
            "十百",
            "一万一万",
            "一亿一亿",
            "1万50000",
            "1.5亿2000万",
            "1亿2.5万",
            "一百x",
            "15百",
            "一零零",
            "万亿",
            "一亿20000万",
        ] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
