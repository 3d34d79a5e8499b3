//! Customers and their contacts, with every kind of dirt.

use chrono::Days;

use super::clock::{self, first_day};
use super::company::{Companies, Company};
use super::dirt;
use super::encode::Encoding;
use super::network::rep_of;
use super::people::{mobile, person};
use super::rng::Rng;
use super::sheet::DataFile;
use super::world::{Account, Partner, User, World};

/// How many customer rows there are.
const ROWS: usize = 600;
/// How many companies have a sister firm, a branch, and a second row of their own.
const SISTERS: usize = 14;
const BRANCHES: usize = 16;
const TWINS: usize = 62;

/// Makes the customers. A sister firm and a branch are companies of their own; a twin is the same company again.
pub(crate) fn accounts(seed: u64, users: &[User], partners: &[Partner]) -> Vec<Account> {
    let mut rng = Rng::part(seed, "accounts");
    let mut companies = Companies::new(Rng::part(seed, "account companies"));
    let plain = ROWS - SISTERS - BRANCHES - TWINS;
    let mut rows: Vec<(Company, Option<usize>)> = (0..plain).map(|_| (companies.make(240), None)).collect();
    for n in 0..SISTERS {
        let sister = companies.sister(&rows[n * 7].0);
        rows.push((sister, None));
    }
    for n in 0..BRANCHES {
        let branch = companies.branch(&rows[3 + n * 9].0);
        rows.push((branch, None));
    }
    for n in 0..TWINS {
        let of = 1 + n * 8;
        let mut twin = rows[of].0.clone();
        twin.name = dirt::other_name(&twin, &mut rng);
        rows.push((twin, Some(of)));
    }
    // Twins stand among the others, as in any real list.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    rng.shuffle(&mut order);
    let genuine: Vec<usize> = (0..partners.len()).filter(|p| !partners[*p].duplicate).collect();
    let mut accounts: Vec<Account> = Vec::with_capacity(ROWS);
    for (n, position) in order.into_iter().enumerate() {
        let (company, _) = &rows[position];
        let near: Vec<usize> = genuine
            .iter()
            .copied()
            .filter(|p| {
                partners[*p].company.city.region == company.city.region && partners[*p].kind != "referral"
            })
            .collect();
        let partner = (rng.chance(820) && !near.is_empty()).then(|| *rng.pick(&near));
        let kind = if rng.chance(if company.english { 550 } else { 400 }) { "project" } else { "channel" };
        accounts.push(Account {
            id: format!("A{:04}", n + 1),
            owner: rep_of(users, company.city.territory),
            created: first_day() - Days::new(rng.below(900) as u64) + Days::new(rng.below(200) as u64),
            company: company.clone(),
            kind,
            partner,
            sound: true,
        });
    }
    for (n, account) in accounts.iter_mut().enumerate() {
        account.sound = fault(n) == Fault::None;
    }
    accounts
}

/// What is badly wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    NoName,
    NoType,
    WrongType,
    Employees,
    Revenue,
    Founded,
    ImpossibleDay,
    AmbiguousDay,
    TooFewCells,
    TooManyCells,
}

fn fault(row: usize) -> Fault {
    match row {
        41 | 243 | 467 => Fault::NoName,
        58 | 131 | 219 | 305 | 388 | 512 => Fault::NoType,
        77 | 402 => Fault::WrongType,
        96 => Fault::Employees,
        174 | 333 => Fault::Revenue,
        281 => Fault::Founded,
        150 | 455 => Fault::ImpossibleDay,
        199 | 541 => Fault::AmbiguousDay,
        262 => Fault::TooFewCells,
        480 => Fault::TooManyCells,
        _ => Fault::None,
    }
}

/// Customers as their system exports them.
pub(crate) fn account_file(world: &World) -> DataFile {
    let mut rng = Rng::part(world.seed, "account file");
    let header = [
        "Account ID",
        "Account Name",
        "Customer Type",
        "Tax ID",
        "Phone",
        "Email",
        "Website",
        "Address",
        "Region",
        "City",
        "Country",
        "Industry",
        "Employees",
        "Annual Revenue",
        "Founded",
        "Partner",
        "Territory",
        "Owner",
        "Created",
        "Remarks",
    ];
    let mut file = DataFile::new("accounts.csv", Encoding::Utf8, &header);
    for (n, account) in world.accounts.iter().enumerate() {
        let c = &account.company;
        let fault = fault(n);
        let name = match (fault, n) {
            (Fault::NoName, _) => dirt::placeholder(&mut rng),
            // What a web form lets in.
            (_, 118) => format!("{}<script>alert('x')</script>", c.name),
            _ if rng.chance(20) => dirt::full_width(&c.name),
            _ if rng.chance(25) => format!("{}  ", c.name),
            _ if rng.chance(15) && !c.english => dirt::traditional(&c.name),
            _ => c.name.clone(),
        };
        let kind = match fault {
            Fault::NoType => dirt::placeholder(&mut rng),
            Fault::WrongType => "projekt".to_owned(),
            _ => match (account.kind, rng.weighted(&[6, 3, 1])) {
                ("project", 0) => "project",
                ("project", 1) => "项目型",
                ("project", _) => "Project",
                (_, 0) => "channel",
                (_, 1) => "渠道型",
                (_, _) => "Channel",
            }
            .to_owned(),
        };
        let industry = match rng.weighted(&[880, 50, 40, 30]) {
            0 => c.industry.to_owned(),
            1 => String::new(),
            2 => dirt::placeholder(&mut rng),
            _ => dirt::swapped(c.industry, &mut rng),
        };
        let employees = match fault {
            Fault::Employees => "about 200".to_owned(),
            _ if rng.chance(120) => String::new(),
            _ => rng.skewed(8, 4200).to_string(),
        };
        let revenue = match fault {
            Fault::Revenue => "USD 5,000,000".to_owned(),
            _ if rng.chance(250) => String::new(),
            _ => {
                let thousands = rng.skewed(800, 900_000);
                dirt::amount(thousands * 1000, &mut rng)
            }
        };
        let founded = match fault {
            Fault::Founded => "一九九八".to_owned(),
            _ if rng.chance(100) => String::new(),
            _ => rng.between(1985, 2022).to_string(),
        };
        let created = match fault {
            Fault::ImpossibleDay => "2023-02-30".to_owned(),
            Fault::AmbiguousDay => "03/04/2024".to_owned(),
            _ => clock::mixed(account.created, &mut rng),
        };
        let partner = match account.partner {
            // A partner that nobody knows.
            _ if matches!(n, 88 | 341) => "P777".to_owned(),
            Some(p) => world.partners[p].id.clone(),
            None => String::new(),
        };
        let website = if rng.chance(550) { format!("www.{}", c.domain) } else { String::new() };
        let remarks = match n {
            203 => "=cmd|'/C calc'!A0".to_owned(),
            204 => "+HYPERLINK(\"http://attacker.example\",\"open\")".to_owned(),
            377 => "会议纪要 meeting notes. ".repeat(400),
            _ if rng.chance(60) => "老客户，年底回访".to_owned(),
            _ => String::new(),
        };
        let mut row = vec![
            account.id.clone(),
            name,
            kind,
            dirt::uscc(&c.uscc, &mut rng),
            dirt::phone(&c.phone, &mut rng),
            dirt::email(&format!("info@{}", c.domain), &mut rng),
            website,
            c.street.clone(),
            if c.english { c.city.region_en } else { c.city.region }.to_owned(),
            if c.english { c.city.en } else { c.city.zh }.to_owned(),
            if rng.chance(300) { String::new() } else { "中国".to_owned() },
            industry,
            employees,
            revenue,
            founded,
            partner,
            c.city.territory.to_owned(),
            account.owner.clone(),
            created,
            remarks,
        ];
        match fault {
            Fault::TooFewCells => row.truncate(11),
            Fault::TooManyCells => row.push("深圳分部".to_owned()),
            _ => {}
        }
        file.rows.push(row);
    }
    file
}

/// Contacts: one for most customers, two or three for some.
pub(crate) fn contact_file(world: &World) -> DataFile {
    let mut rng = Rng::part(world.seed, "contacts");
    let header = [
        "Contact ID",
        "Name",
        "Account",
        "Job Title",
        "Department",
        "Phone",
        "Email",
        "Decision Role",
        "Opt out",
    ];
    let mut file = DataFile::new("contacts.csv", Encoding::Utf8, &header);
    let mut n = 0;
    for account in &world.accounts {
        let count = [0, 1, 2, 3][rng.weighted(&[20, 60, 14, 6])];
        for i in 0..count {
            n += 1;
            let who = person(&mut rng, if account.company.english { 700 } else { 50 });
            let (title, department) = *rng.pick(&[
                ("采购经理", "采购部"),
                ("Purchasing Manager", "Purchasing"),
                ("总经理", "总经办"),
                ("IT主管", "信息部"),
                ("Plant Manager", "Operations"),
                ("财务总监", "财务部"),
            ]);
            let role = match i {
                0 => *rng.pick(&["decider", "influencer", "user"]),
                _ => *rng.pick(&["influencer", "user", "blocker"]),
            };
            let email = format!("{}@{}", who.user, account.company.domain);
            file.row([
                &format!("K{n:04}"),
                &who.name,
                &account.id,
                title,
                department,
                &dirt::phone(&mobile(&mut rng), &mut rng),
                &dirt::email(&email, &mut rng),
                role,
                if rng.chance(50) { "yes" } else { "" },
            ]);
        }
    }
    file
}
