//! Territories, products, users, partners and certificates.

use super::clock::{self, first_day};
use super::company::Companies;
use super::dirt;
use super::encode::Encoding;
use super::people::person;
use super::rng::Rng;
use super::sheet::DataFile;
use super::words::{PRODUCTS, TERRITORIES};
use super::world::{Partner, User, World};

/// Territories.
pub(crate) fn territories() -> DataFile {
    let mut file = DataFile::new("territories.csv", Encoding::Utf8, &["code", "name", "parent"]);
    for (code, name, parent) in TERRITORIES {
        file.row([code, name, parent]);
    }
    file
}

/// Products, in a workbook as a product manager keeps it.
pub(crate) fn products() -> DataFile {
    let header = ["编码 Code", "名称 Name", "系列 Family", "目录价 List price", "在售 On sale"];
    let mut file = DataFile::new("products.xlsx", Encoding::Xlsx, &header);
    for (code, name, family, price, active) in PRODUCTS {
        file.row([code, name, family, &price.to_string(), if active { "是" } else { "否" }]);
    }
    file
}

/// The vendor's staff: a director, a manager for each region, representatives for each territory.
pub(crate) fn staff(seed: u64) -> Vec<User> {
    let mut rng = Rng::part(seed, "users");
    let mut users: Vec<User> = Vec::new();
    let mut add =
        |id: String, roles, region: &str, manager: &str, territories: &str, active, rng: &mut Rng| {
            let who = person(rng, 200);
            users.push(User {
                email: format!("{}.{}@vendor.example", who.user, id.to_lowercase()),
                id,
                name: who.name,
                roles,
                team: region.to_owned(),
                region: region.to_owned(),
                partner: String::new(),
                manager: manager.to_owned(),
                territories: territories.to_owned(),
                active,
            });
        };
    add("U001".into(), "sales_director", "总部", "", "", true, &mut rng);
    let regions: Vec<&(&str, &str, &str)> = TERRITORIES.iter().filter(|t| t.2.is_empty()).collect();
    for (i, (code, name, _)) in regions.iter().enumerate() {
        let region = name.split(' ').next().unwrap_or_default();
        add(format!("U01{i}"), "channel_manager", region, "U001", code, true, &mut rng);
    }
    for (i, (code, _, parent)) in TERRITORIES.iter().filter(|t| !t.2.is_empty()).enumerate() {
        let position = regions.iter().position(|r| r.0 == *parent).unwrap_or(0);
        let region = regions[position].1.split(' ').next().unwrap_or_default();
        let manager = format!("U01{position}");
        add(format!("U1{i:02}"), "sales_rep", region, &manager, code, true, &mut rng);
    }
    // Two who have left, and one who never had a deal.
    add("U190".into(), "sales_rep", "华东", "U010", "EAST-SH", false, &mut rng);
    add("U191".into(), "sales_rep", "华南", "U011", "SOUTH-GD", false, &mut rng);
    add("U192".into(), "sales_rep", "西部", "U014", "WEST-OT", true, &mut rng);
    users
}

/// The representative of a territory.
pub(crate) fn rep_of(users: &[User], territory: &str) -> String {
    users
        .iter()
        .find(|u| u.roles == "sales_rep" && u.territories == territory && u.active)
        .map_or_else(|| "U001".to_owned(), |u| u.id.clone())
}

/// Sixty partners: distributors first, dealers under them, agents, referrers; four are there twice.
pub(crate) fn partners(seed: u64, users: &[User]) -> Vec<Partner> {
    let mut rng = Rng::part(seed, "partners");
    let mut companies = Companies::new(Rng::part(seed, "partner companies"));
    let mut partners: Vec<Partner> = Vec::new();
    for n in 0..56 {
        let kind = match n {
            0..9 => "distributor",
            9..41 => "dealer",
            41..50 => "agent",
            _ => "referral",
        };
        let company = companies.make(120);
        let tier = ["platinum", "gold", "silver", "registered"]
            [rng.weighted(if kind == "distributor" { &[4, 3, 2, 1] } else { &[1, 3, 4, 3] })];
        let skill = match tier {
            "platinum" => 62,
            "gold" => 53,
            "silver" => 44,
            _ => 34,
        };
        let parent = (kind == "dealer" && rng.chance(800)).then(|| format!("P{:03}", 1 + rng.below(9)));
        let owner = rep_of(users, company.city.territory);
        let duplicate = false;
        partners.push(Partner {
            id: format!("P{:03}", n + 1),
            company,
            kind,
            tier,
            parent,
            skill,
            owner,
            duplicate,
        });
    }
    for n in 56..60 {
        let mut twin = partners[9 + (n - 56) * 7].clone();
        twin.id = format!("P{:03}", n + 1);
        twin.company.name = dirt::other_name(&twin.company, &mut rng);
        twin.duplicate = true;
        partners.push(twin);
    }
    partners
}

/// Partners as an old Chinese system exports them.
pub(crate) fn partner_file(world: &World) -> DataFile {
    let mut rng = Rng::part(world.seed, "partner file");
    let header = [
        "伙伴编号",
        "伙伴名称",
        "类型",
        "统一社会信用代码",
        "电话",
        "邮箱",
        "地址",
        "大区",
        "城市",
        "等级",
        "状态",
        "上级伙伴",
        "区域",
        "签约日期",
        "负责人",
    ];
    let mut file = DataFile::new("partners.csv", Encoding::Gb18030, &header);
    for (n, partner) in world.partners.iter().enumerate() {
        let c = &partner.company;
        let kind = match partner.kind {
            "distributor" => "分销商",
            "dealer" => "经销商",
            "agent" => "代理商",
            _ => "推荐伙伴",
        };
        let tier = match partner.tier {
            "platinum" => "白金",
            "gold" => "金牌",
            "silver" => "银牌",
            _ => "注册",
        };
        let status = match rng.weighted(&[84, 6, 4, 4, 2]) {
            0 => "合作中",
            1 => "签约中",
            2 => "已暂停",
            3 => "已终止",
            _ => "意向",
        };
        let joined = first_day() - chrono::Days::new(rng.below(2500) as u64);
        let uscc = match n {
            // A dealer without a tax id, and one with a wrong check character.
            17 => String::new(),
            23 => format!("{}{}", &c.uscc[..17], if c.uscc.ends_with('7') { '8' } else { '7' }),
            _ if partner.duplicate && rng.chance(500) => String::new(),
            _ => c.uscc.clone(),
        };
        file.row([
            &partner.id,
            &c.name,
            if n == 38 { "经消商" } else { kind },
            &uscc,
            &dirt::phone(&c.phone, &mut rng),
            &dirt::email(&format!("info@{}", c.domain), &mut rng),
            &c.street,
            c.city.region,
            c.city.zh,
            tier,
            status,
            partner.parent.as_deref().unwrap_or_default(),
            c.city.territory,
            &clock::mixed(joined, &mut rng),
            &partner.owner,
        ]);
    }
    file
}

/// Users: the staff, and a representative of every other partner.
pub(crate) fn user_file(world: &World) -> DataFile {
    let header = [
        "user_id",
        "name",
        "email",
        "roles",
        "team",
        "region",
        "partner",
        "manager",
        "territories",
        "active",
    ];
    let mut file = DataFile::new("users.csv", Encoding::Utf8, &header);
    for u in &world.users {
        file.row([
            &u.id,
            &u.name,
            &u.email,
            u.roles,
            &u.team,
            &u.region,
            &u.partner,
            &u.manager,
            &u.territories,
            if u.active { "yes" } else { "no" },
        ]);
    }
    let mut rng = Rng::part(world.seed, "partner users");
    for partner in world.partners.iter().filter(|p| !p.duplicate).step_by(2) {
        let who = person(&mut rng, 150);
        let id = format!("U-{}", partner.id);
        let email = format!("{}@{}", who.user, partner.company.domain);
        file.row([
            &id,
            &who.name,
            &email,
            "partner_rep",
            "",
            partner.company.city.region,
            &partner.id,
            "",
            "",
            "yes",
        ]);
    }
    file
}

/// Certificates: an object of the company's own.
pub(crate) fn certificates(world: &World) -> DataFile {
    let mut rng = Rng::part(world.seed, "certificates");
    let header = ["certificate", "partner", "holder", "family", "issued", "valid until"];
    let mut file = DataFile::new("certificates.csv", Encoding::Utf8, &header);
    let mut n = 0;
    for partner in
        world.partners.iter().filter(|p| !p.duplicate && matches!(p.kind, "distributor" | "dealer"))
    {
        for family in ["Edge", "Control", "Software"] {
            let likely = if family == "Software" { 300 } else { 650 };
            if !rng.chance(likely) {
                continue;
            }
            n += 1;
            let issued = first_day() + chrono::Days::new(rng.below(500) as u64);
            let until = issued + chrono::Days::new(730);
            file.row([
                &format!("CERT-{n:03}"),
                &partner.id,
                &person(&mut rng, 150).name,
                family,
                &clock::day(issued),
                &clock::day(until),
            ]);
        }
    }
    file
}
