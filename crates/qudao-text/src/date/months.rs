//! Months by name: English, German, French, Spanish and Dutch. Source: the Unicode CLDR.

/// The names of each month, full and short, in lower case and without accents; English ones first.
const NAMES: [&[&str]; 12] = [
    &["january", "jan", "januar", "janner", "janvier", "janv", "enero", "ene", "januari"],
    &["february", "feb", "februar", "feber", "fevrier", "fevr", "febrero", "februari"],
    &["march", "mar", "marz", "mrz", "mars", "marzo", "maart", "mrt"],
    &["april", "apr", "avril", "avr", "abril", "abr"],
    &["may", "mai", "mayo", "mei"],
    &["june", "jun", "juni", "juin", "junio"],
    &["july", "jul", "juli", "juillet", "juil", "julio"],
    &["august", "aug", "aout", "agosto", "ago", "augustus"],
    &["september", "sep", "sept", "septembre", "septiembre", "setiembre"],
    &["october", "oct", "oktober", "okt", "octobre", "octubre"],
    &["november", "nov", "novembre", "noviembre"],
    &["december", "dec", "dezember", "dez", "decembre", "diciembre", "dic"],
];

/// The number of a month by its name.
pub(super) fn month(word: &str) -> Option<u32> {
    let position = NAMES.iter().position(|names| names.contains(&word))?;
    u32::try_from(position.checked_add(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_for_one_month() {
        for (i, names) in (1_u32..).zip(NAMES) {
            for name in names {
                assert_eq!(month(name), Some(i), "{name}");
            }
        }
        assert_eq!(month("marsh"), None);
    }
}
