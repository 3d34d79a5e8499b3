//! Deals with every stay in a stage, contact roles and registrations.

use chrono::{Days, NaiveDateTime};

use super::clock::{self, end, first_day, office};
use super::dirt;
use super::encode::Encoding;
use super::rng::Rng;
use super::sheet::DataFile;
use super::words::{COMPETITORS, LOSSES, PRODUCTS, SOURCES};
use super::world::{Account, Deal, Partner, Stay, World};

/// How many deals there are.
const DEALS: usize = 2000;

/// The open stages of a process with the days that a deal stays in each.
type Path = &'static [(&'static str, i64, i64)];

const PROJECT: Path = &[
    ("identified", 5, 40),
    ("qualified", 8, 50),
    ("solution", 10, 70),
    ("bidding", 12, 60),
    ("negotiation", 5, 45),
];
const CHANNEL: Path = &[("prospect", 2, 20), ("qualified", 3, 25), ("quoted", 2, 30)];

/// Makes the deals.
pub(crate) fn deals(seed: u64, accounts: &[Account], partners: &[Partner]) -> Vec<Deal> {
    let mut rng = Rng::part(seed, "deals");
    let sound: Vec<usize> = (0..accounts.len()).filter(|a| accounts[*a].sound).collect();
    let poor: Vec<usize> = (0..accounts.len()).filter(|a| !accounts[*a].sound).collect();
    let mut deals: Vec<Deal> = Vec::with_capacity(DEALS);
    for n in 0..DEALS {
        // Some deals belong to customers whose own row cannot be imported as it is.
        let account = *rng.pick(if n % 71 == 70 { &poor } else { &sound });
        let known = accounts[account].partner;
        let partner = known.filter(|_| rng.chance(930));
        let began = first_day() + Days::new(rng.below(725) as u64);
        let product = pick_product(accounts[account].kind, &mut rng);
        let quantity = match PRODUCTS[product].3 {
            0..1000 => rng.skewed(20, 900),
            1000..20_000 => rng.skewed(4, 160),
            _ => rng.skewed(1, 6),
        };
        let amount = PRODUCTS[product].3 * quantity;
        let skill = partner.map_or(42, |p| partners[p].skill);
        let kind = accounts[account].kind;
        let path = if kind == "project" { PROJECT } else { CHANNEL };
        let stays = life(path, office(began, 0, &mut rng), skill, &mut rng);
        let won = stays.last().is_some_and(|s| s.stage == "won");
        let actual = won.then(|| amount * rng.between(78, 104) / 100);
        let source = if partner.is_some() && rng.chance(600) { "partner" } else { SOURCES[1 + rng.below(5)] };
        deals.push(Deal {
            id: format!("OPP-{:04}", n + 1),
            account,
            partner,
            product,
            amount,
            actual,
            stays,
            source,
        });
    }
    deals
}

fn pick_product(kind: &str, rng: &mut Rng) -> usize {
    let weights: Vec<usize> = PRODUCTS
        .iter()
        .map(|(_, _, family, _, active)| match (kind, *family) {
            _ if !active => 1,
            ("project", "Software" | "Service") => 8,
            ("project", _) => 4,
            (_, "Software") => 1,
            (_, _) => 6,
        })
        .collect();
    rng.weighted(&weights)
}

/// One deal from its first stage to its last, as far as the data reaches.
fn life(path: Path, begin: NaiveDateTime, skill: usize, rng: &mut Rng) -> Vec<Stay> {
    let mut stays: Vec<Stay> = Vec::new();
    let mut at = begin;
    let mut stage = 0_usize;
    let mut reopened = false;
    // Of a hundred deals that reach a stage, this many go on, so that about `skill` win in the end.
    let onward = match path.len() {
        3 => [88, 78, 0, 0, 0],
        _ => [90, 88, 86, 90, 0],
    };
    loop {
        let (name, low, high) = path[stage];
        let leaves = office(at.date(), rng.skewed(low, high), rng).max(at + chrono::TimeDelta::minutes(20));
        if leaves > end() {
            stays.push(Stay { stage: name, entered: at, left: None, reason: String::new() });
            return stays;
        }
        stays.push(Stay { stage: name, entered: at, left: Some(leaves), reason: String::new() });
        at = leaves;
        let last = stage + 1 == path.len();
        let roll = rng.below(100);
        let closing = if last {
            // Conversion on the way is about 0.65, so that the last step makes up the rest.
            Some(if roll < (skill * 100 / 66).min(96) { "won" } else { "lost" })
        } else if roll < onward[stage] {
            None
        } else if rng.chance(120) {
            Some("cancelled")
        } else {
            Some("lost")
        };
        match closing {
            None => {
                stage = if stage > 0 && rng.chance(60) {
                    stage - 1
                } else if stage + 2 < path.len() && rng.chance(90) {
                    stage + 2
                } else {
                    stage + 1
                };
            }
            Some(outcome) => {
                let reason = match outcome {
                    "won" => String::new(),
                    "lost" => (*rng.pick(&LOSSES)).to_owned(),
                    _ => "重复录入 entered twice".to_owned(),
                };
                let again = outcome == "lost" && !reopened && rng.chance(50);
                let back = office(at.date(), rng.between(20, 90), rng);
                if again && back <= end() {
                    stays.push(Stay { stage: outcome, entered: at, left: Some(back), reason });
                    reopened = true;
                    at = back;
                    stage = 1;
                    continue;
                }
                stays.push(Stay { stage: outcome, entered: at, left: None, reason });
                return stays;
            }
        }
    }
}

/// Deals as their system exports them.
pub(crate) fn deal_file(world: &World) -> DataFile {
    let mut rng = Rng::part(world.seed, "deal file");
    let header = [
        "opportunity_id",
        "name",
        "account_id",
        "partner_id",
        "product",
        "amount",
        "actual_amount",
        "expected_close",
        "source",
        "owner",
        "territory",
        "competitor",
        "created",
        "stage",
        "loss_reason",
        "next_action",
        "next_action_on",
    ];
    let mut file = DataFile::new("opportunities.csv", Encoding::Utf8, &header);
    for (n, deal) in world.deals.iter().enumerate() {
        let account = &world.accounts[deal.account];
        let last = deal.last();
        let open = last.is_some_and(|s| s.left.is_none() && !matches!(s.stage, "won" | "lost" | "cancelled"));
        let product = PRODUCTS[deal.product];
        let code = match n {
            // A code without its hyphen joins nothing.
            _ if n % 97 == 40 => product.0.replace('-', ""),
            _ => product.0.to_owned(),
        };
        let expected = deal.began().date() + Days::new(rng.between(20, 170).unsigned_abs());
        let amount = match n {
            311 | 1204 => (-deal.amount).to_string(),
            _ if rng.chance(60) => String::new(),
            _ => dirt::amount(deal.amount, &mut rng),
        };
        let account_id = match n {
            402 | 977 | 1501 => String::new(),
            655 => "A9999".to_owned(),
            _ => account.id.clone(),
        };
        let partner = match (n, deal.partner) {
            (733 | 1810, _) => "P-012".to_owned(),
            (_, Some(p)) => world.partners[p].id.clone(),
            (_, None) => String::new(),
        };
        // Rows whose deal was made later than it closed: somebody entered it from memory.
        let created = match last {
            Some(s) if matches!(n, 55 | 808 | 1333) && !open => {
                clock::minute(s.entered + chrono::TimeDelta::days(3))
            }
            _ => clock::minute(deal.began()),
        };
        let (action, due) = if open && rng.chance(550) {
            let day = end().date() + Days::new(rng.below(40) as u64);
            (
                (*rng.pick(&["电话回访", "send quotation", "安排演示", "site visit"])).to_owned(),
                clock::day(day),
            )
        } else {
            (String::new(), String::new())
        };
        let reason = last.map_or("", |s| s.reason.as_str());
        file.row([
            &deal.id,
            &format!("{} · {}", account.company.core, product.1),
            &account_id,
            &partner,
            &code,
            &amount,
            &deal.actual.map_or_else(String::new, |a| a.to_string()),
            &clock::day(expected),
            deal.source,
            &account.owner,
            account.city().territory,
            *rng.pick(&COMPETITORS),
            &created,
            last.map_or("", |s| s.stage),
            reason,
            &action,
            &due,
        ]);
    }
    file
}

/// One row for each stay of each deal in a stage.
pub(crate) fn visit_file(world: &World) -> DataFile {
    let header = ["opportunity_id", "stage", "entered", "left", "reason"];
    let mut file = DataFile::new("visits.csv", Encoding::Utf8, &header);
    for (n, deal) in world.deals.iter().enumerate() {
        for (i, stay) in deal.stays.iter().enumerate() {
            let stage = if n == 599 && i == 0 { "discovery" } else { stay.stage };
            let entered = if n == 1777 && i == 0 { "??".to_owned() } else { clock::minute(stay.entered) };
            let left = stay.left.map(clock::minute).unwrap_or_default();
            file.row([&deal.id, stage, &entered, &left, &stay.reason]);
        }
    }
    file
}

/// Who decides on a project: contact roles of project deals.
pub(crate) fn role_file(world: &World, contacts: &DataFile) -> DataFile {
    let mut rng = Rng::part(world.seed, "contact roles");
    let header = ["role_id", "opportunity_id", "contact_id", "role", "primary"];
    let mut file = DataFile::new("contact_roles.csv", Encoding::Utf8, &header);
    let mut n = 0;
    for deal in world.deals.iter().filter(|d| world.accounts[d.account].kind == "project") {
        let account = &world.accounts[deal.account].id;
        let people = contacts.rows.iter().filter(|row| row[2] == *account);
        for (i, row) in people.enumerate() {
            if rng.chance(600) {
                n += 1;
                file.row([&format!("R{n:04}"), &deal.id, &row[0], &row[7], if i == 0 { "yes" } else { "" }]);
            }
        }
    }
    file
}

/// Deal registrations of partners.
pub(crate) fn registration_file(world: &World) -> DataFile {
    let mut rng = Rng::part(world.seed, "registrations");
    let header = [
        "registration_id",
        "project",
        "partner_id",
        "account_id",
        "products",
        "amount",
        "status",
        "submitted",
        "decided",
        "protected_until",
        "expected_close",
        "opportunity_id",
    ];
    let mut file = DataFile::new("registrations.csv", Encoding::Utf8, &header);
    let candidates = world.deals.iter().filter(|d| d.partner.is_some() && d.source == "partner");
    for (n, deal) in candidates.step_by(3).take(300).enumerate() {
        let account = &world.accounts[deal.account];
        let submitted = deal.began() - chrono::TimeDelta::days(rng.between(3, 30));
        let (status, decided) = match rng.weighted(&[5, 6, 55, 14, 6, 8, 6]) {
            0 => ("submitted", None),
            1 => ("under_review", None),
            2 => ("approved", Some(rng.between(4, 140))),
            3 => ("rejected", Some(rng.between(4, 200))),
            4 => ("withdrawn", None),
            5 => ("expired", Some(rng.between(4, 140))),
            _ => ("converted", Some(rng.between(4, 140))),
        };
        let decided = decided.map(|h| submitted + chrono::TimeDelta::hours(h));
        let approved = matches!(status, "approved" | "expired" | "converted");
        let until = decided.filter(|_| approved).map(|d| clock::minute(d + chrono::TimeDelta::days(90)));
        let partner = deal.partner.map_or("", |p| world.partners[p].id.as_str());
        file.row([
            &format!("REG-{:03}", n + 1),
            &format!("{}{}项目", account.company.core, PRODUCTS[deal.product].2),
            partner,
            &account.id,
            PRODUCTS[deal.product].0,
            &dirt::amount(deal.amount, &mut rng),
            status,
            &clock::minute(submitted),
            &decided.map(clock::minute).unwrap_or_default(),
            &until.unwrap_or_default(),
            &clock::day(deal.began().date() + Days::new(120)),
            &deal.id,
        ]);
    }
    file
}
