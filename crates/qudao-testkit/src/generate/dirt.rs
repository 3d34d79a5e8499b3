//! Dirt: the ways in which people type the same thing differently, or wrongly.

use super::company::Company;
use super::rng::Rng;
use super::words::{FORMS_EN, PLACEHOLDERS, TRADITIONAL};

/// Letters and digits in their full-width forms.
pub(crate) fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
            other => other,
        })
        .collect()
}

/// Chinese in traditional characters.
pub(crate) fn traditional(text: &str) -> String {
    text.chars()
        .map(|c| TRADITIONAL.iter().find(|(simple, _)| *simple == c).map_or(c, |(_, full)| *full))
        .collect()
}

/// Two neighbouring letters swapped.
pub(crate) fn swapped(text: &str, rng: &mut Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.len() > 4 {
        let at = 1 + rng.below(chars.len() - 3);
        chars.swap(at, at + 1);
    }
    chars.into_iter().collect()
}

/// What people type where they must not leave a field empty.
pub(crate) fn placeholder(rng: &mut Rng) -> String {
    (*rng.pick(&PLACEHOLDERS)).to_owned()
}

/// The name of a company as somebody else would type it.
pub(crate) fn other_name(company: &Company, rng: &mut Rng) -> String {
    let Company { name, core, trade, form, .. } = company;
    if company.english {
        let other = FORMS_EN.iter().find(|(f, _)| f == form).map_or("Limited", |(_, o)| *o);
        return match rng.below(6) {
            0 => name.to_uppercase(),
            1 => format!("{core} {trade} {other}"),
            2 => format!("{core} {trade}"),
            3 => format!("The {core} {trade} {form}"),
            4 => format!("  {core}  {trade} {}", form.replace('.', "")),
            _ => format!("{} {trade} {form}", swapped(core, rng)),
        };
    }
    let city = company.city.zh;
    match rng.below(7) {
        0 => format!("{core}{trade}({city}){form}"),
        1 => format!("{city}{core}{trade}{form}"),
        2 => traditional(name),
        3 => format!("{city}{core}{trade}"),
        4 => format!(" {}", name.replace('（', " (").replace('）', ") ")),
        5 => format!("{city}市{core}{trade}有限公司"),
        _ => name
            .chars()
            .map(|c| {
                if c == '（' {
                    '('
                } else if c == '）' {
                    ')'
                } else {
                    c
                }
            })
            .collect(),
    }
}

/// A tax id as it comes in: right, badly written, wrong or missing.
pub(crate) fn uscc(code: &str, rng: &mut Rng) -> String {
    match rng.weighted(&[760, 40, 30, 110, 25, 12, 12, 11]) {
        0 => code.to_owned(),
        1 => code.to_lowercase(),
        2 => format!("{} {} {}", &code[..8], &code[8..13], &code[13..]),
        3 => String::new(),
        // The check character is wrong.
        4 => {
            let last = if code.ends_with('1') { '2' } else { '1' };
            format!("{}{last}", &code[..17])
        }
        5 => code.replacen('0', "O", 1),
        6 => code[..15].to_owned(),
        _ => placeholder(rng),
    }
}

/// A phone number as it comes in.
pub(crate) fn phone(number: &str, rng: &mut Rng) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match rng.weighted(&[640, 80, 60, 40, 30, 70, 20, 15, 15, 30]) {
        0 => number.to_owned(),
        1 => format!("+86 {}", number.trim_start_matches('0')),
        2 => digits,
        3 => format!("{number}-80{}", rng.digits(2)),
        4 => full_width(number),
        5 => String::new(),
        6 => format!("{number} 转 {}", rng.digits(3)),
        7 => digits[..digits.len().saturating_sub(3)].to_owned(),
        8 => "请打前台".to_owned(),
        _ => placeholder(rng),
    }
}

/// An e-mail address as it comes in.
pub(crate) fn email(address: &str, rng: &mut Rng) -> String {
    match rng.weighted(&[730, 40, 20, 20, 15, 15, 130, 30]) {
        0 => address.to_owned(),
        1 => address.to_uppercase(),
        2 => address.replace('@', "＠"),
        3 => format!(" {address} "),
        4 => address.replace('@', "."),
        5 => address.replacen('.', "..", 1),
        6 => String::new(),
        _ => placeholder(rng),
    }
}

/// An amount as people write it. The value is the same in each form.
pub(crate) fn amount(yuan: i64, rng: &mut Rng) -> String {
    let grouped = {
        let digits = yuan.to_string();
        let mut out = String::new();
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(',');
            }
            out.push(c);
        }
        out
    };
    match rng.weighted(&[700, 120, 60, 60, 30, 30]) {
        1 => grouped,
        2 => format!("¥{grouped}"),
        3 if yuan % 1000 == 0 => {
            let (whole, part) = (yuan / 10_000, yuan % 10_000 / 1000);
            if part == 0 { format!("{whole}万") } else { format!("{whole}.{part}万") }
        }
        4 => full_width(&yuan.to_string()),
        5 => format!("{grouped}.00 CNY"),
        _ => yuan.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_value() {
        let mut rng = Rng::new(5);
        for n in 0..400 {
            let yuan = 1000 + n * 1000;
            let text = amount(yuan, &mut rng);
            let read = qudao::text::parse_number(&text, &qudao::text::NumberOptions::default());
            assert_eq!(read.unwrap_or_else(|e| panic!("{text}: {e}")).value, yuan.into(), "{text}");
        }
    }

    #[test]
    fn full_width_folds_back() {
        assert_eq!(full_width("0755-1"), "０７５５－１");
        assert_eq!(traditional("东莞市华兴电子"), "東莞市華興電子");
    }
}
