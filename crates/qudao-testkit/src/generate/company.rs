//! Invented companies with their tax ids, phones and addresses.

use std::collections::BTreeSet;

use qudao::text::check_character;

use super::rng::Rng;
use super::words::{
    CITIES, CORE_EN, CORE_FIRST, CORE_SECOND, City, FORMS_EN, FORMS_ZH, TRADES_EN, TRADES_ZH,
};

/// A company as it really is, before anybody types it into a system.
#[derive(Clone)]
pub(crate) struct Company {
    pub(crate) name: String,
    /// The part of the name that tells it apart.
    pub(crate) core: String,
    pub(crate) trade: String,
    pub(crate) form: String,
    pub(crate) english: bool,
    pub(crate) city: &'static City,
    pub(crate) industry: &'static str,
    pub(crate) uscc: String,
    pub(crate) phone: String,
    pub(crate) domain: String,
    pub(crate) street: String,
}

/// Makes companies of which no two have the same name.
pub(crate) struct Companies {
    rng: Rng,
    taken: BTreeSet<String>,
    count: usize,
}

impl Companies {
    pub(crate) fn new(rng: Rng) -> Self {
        Self { rng, taken: BTreeSet::new(), count: 0 }
    }

    /// A new company; English in so many of a thousand cases.
    pub(crate) fn make(&mut self, english: usize) -> Company {
        let english = self.rng.chance(english);
        loop {
            let city = self.rng.pick(&CITIES);
            let (core, trade, industry, form) = if english {
                let (trade, industry) = *self.rng.pick(&TRADES_EN);
                let core = *self.rng.pick(&CORE_EN);
                (core.to_owned(), trade, industry, self.rng.pick(&FORMS_EN).0)
            } else {
                let (trade, industry) = *self.rng.pick(&TRADES_ZH);
                let core = format!("{}{}", self.rng.pick(&CORE_FIRST), self.rng.pick(&CORE_SECOND));
                (core, trade, industry, *self.rng.pick(&FORMS_ZH))
            };
            // Two companies of one core are sisters, and sisters are made on purpose.
            if self.taken.insert(format!("{core} {}", if english { trade } else { city.zh })) {
                return self.company(core, trade.to_owned(), form.to_owned(), english, city, industry);
            }
        }
    }

    /// Another company of the same group: same core and city, another trade, a tax id of its own.
    pub(crate) fn sister(&mut self, of: &Company) -> Company {
        let (trade, industry) =
            if of.english { *self.rng.pick(&TRADES_EN) } else { *self.rng.pick(&TRADES_ZH) };
        let trade = if trade == of.trade { if of.english { "Trading" } else { "贸易" } } else { trade };
        self.company(of.core.clone(), trade.to_owned(), of.form.clone(), of.english, of.city, industry)
    }

    /// A branch in another city: it holds a tax id of its own.
    pub(crate) fn branch(&mut self, of: &Company) -> Company {
        let city = loop {
            let city = self.rng.pick(&CITIES);
            if city.zh != of.city.zh {
                break city;
            }
        };
        let mut branch =
            self.company(of.core.clone(), of.trade.clone(), of.form.clone(), of.english, city, of.industry);
        branch.name = if of.english {
            format!("{} {} Branch", of.name, city.en)
        } else {
            format!("{}{}分公司", of.name, city.zh)
        };
        branch.domain.clone_from(&of.domain);
        branch
    }

    fn company(
        &mut self,
        core: String,
        trade: String,
        form: String,
        english: bool,
        city: &'static City,
        industry: &'static str,
    ) -> Company {
        self.count += 1;
        let name = if english {
            format!("{core} {trade} {form}")
        } else {
            match self.rng.below(3) {
                0 => format!("{}{core}{trade}{form}", city.zh),
                1 => format!("{}市{core}{trade}{form}", city.zh),
                _ => format!("{core}{trade}（{}）{form}", city.zh),
            }
        };
        let local = if city.area.len() == 3 { 8 } else { 7 };
        let local =
            if matches!(city.area, "0755" | "0571" | "0769" | "0512" | "0574" | "0371" | "0531" | "0731") {
                8
            } else {
                local
            };
        let number =
            format!("{:0width$}", 5550 * 10_u64.pow(local - 4) + self.count as u64, width = local as usize);
        let street = if english {
            format!("{} Century Avenue, {}", self.rng.between(1, 990), city.en)
        } else {
            let road = *self.rng.pick(&["科技路", "中山路", "工业大道", "人民路", "创新一路", "滨江路"]);
            format!("{}市{road}{}号", city.zh, self.rng.between(1, 990))
        };
        let domain = if english {
            format!("{}-{}.example", core.to_lowercase(), trade.to_lowercase().replace(' ', "-"))
        } else {
            format!("c{:04}.example", self.count)
        };
        let uscc = uscc(city, &mut self.rng);
        let phone = format!("{}-{number}", city.area);
        Company { name, core, trade, form, english, city, industry, uscc, phone, domain, street }
    }
}

/// A tax id that is valid in form. Its division ends in 99, which no district has.
pub(crate) fn uscc(city: &City, rng: &mut Rng) -> String {
    let body = format!("91{}99{}", city.division, rng.digits(8));
    let organisation = organisation_check(&body[8..]);
    let first = format!("{body}{organisation}");
    let check = check_character(&first).unwrap_or('0');
    format!("{first}{check}")
}

/// The check digit of an organisation code (GB 11714).
fn organisation_check(code: &str) -> char {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = code.chars().zip(WEIGHTS).map(|(c, w)| c.to_digit(36).unwrap_or(0) * w).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_valid() {
        let mut companies = Companies::new(Rng::new(3));
        for _ in 0..300 {
            let c = companies.make(300);
            let code = qudao::text::parse_uscc(&c.uscc).unwrap();
            assert!(code.organisation_code_valid());
            assert!(code.division.ends_with("99"));
            qudao::text::parse_phone(&c.phone, "CN").unwrap_or_else(|e| panic!("{}: {e}", c.phone));
            qudao::text::parse_email(&format!("info@{}", c.domain))
                .unwrap_or_else(|e| panic!("{}: {e}", c.domain));
        }
    }
}
