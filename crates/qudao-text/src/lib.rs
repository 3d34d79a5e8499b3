//! Text folding and normalisers: company and person names, phone, e-mail, dates, identity numbers.
