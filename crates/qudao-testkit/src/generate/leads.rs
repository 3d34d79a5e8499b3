//! Campaigns, leads and activities.

use chrono::{Days, TimeDelta};

use super::clock::{self, end, first_day, office};
use super::company::Companies;
use super::dirt;
use super::encode::Encoding;
use super::people::{mobile, person};
use super::rng::Rng;
use super::sheet::DataFile;
use super::words::{PRODUCTS, SOURCES};
use super::world::World;

const LEADS: usize = 420;
const ACTIVITIES: usize = 1600;

/// Id, name, kind, status, first and last day, budget, cost.
type Campaign = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const CAMPAIGNS: [Campaign; 6] = [
    (
        "C2024-1",
        "春季工业展 Spring industry fair",
        "exhibition",
        "completed",
        "2024-03-18",
        "2024-03-21",
        "180000",
        "172400",
    ),
    (
        "C2024-2",
        "边缘计算网络研讨会 Edge webinar",
        "webinar",
        "completed",
        "2024-06-05",
        "2024-06-05",
        "20000",
        "18650",
    ),
    (
        "C2024-3",
        "渠道招募 Partner recruiting",
        "roadshow",
        "completed",
        "2024-09-10",
        "2024-10-20",
        "150000",
        "161200",
    ),
    (
        "C2025-1",
        "春季工业展 Spring industry fair",
        "exhibition",
        "completed",
        "2025-03-17",
        "2025-03-20",
        "190000",
        "188000",
    ),
    (
        "C2025-2",
        "能源管理白皮书 Energy white paper",
        "content",
        "active",
        "2025-05-01",
        "2025-12-31",
        "60000",
        "43100",
    ),
    (
        "C2025-3",
        "年末促销 Year-end promotion",
        "promotion",
        "active",
        "2025-11-01",
        "2025-12-31",
        "80000",
        "51000",
    ),
];

/// Campaigns.
pub(crate) fn campaign_file() -> DataFile {
    let header = ["campaign_id", "name", "kind", "status", "starts", "ends", "budget", "cost"];
    let mut file = DataFile::new("campaigns.csv", Encoding::Utf8, &header);
    for (id, name, kind, status, starts, ends, budget, cost) in CAMPAIGNS {
        file.row([id, name, kind, status, starts, ends, budget, cost]);
    }
    file
}

/// Leads as a spreadsheet program saves them: UTF-16, parted by tabs.
pub(crate) fn lead_file(world: &World) -> DataFile {
    let mut rng = Rng::part(world.seed, "leads");
    let mut companies = Companies::new(Rng::part(world.seed, "lead companies"));
    let header = [
        "线索编号",
        "姓名",
        "公司",
        "电话",
        "邮箱",
        "城市",
        "行业",
        "来源",
        "状态",
        "市场活动",
        "伙伴",
        "意向产品",
        "负责人",
        "创建时间",
        "转化时间",
        "转化客户",
        "转化商机",
    ];
    let mut file = DataFile::new("leads.csv", Encoding::Utf16, &header);
    let converted: Vec<usize> =
        (0..world.deals.len()).filter(|d| world.deals[*d].source != "partner" && d % 5 == 2).collect();
    for n in 0..LEADS {
        let id = format!("L{:04}", n + 1);
        let deal = (n % 4 == 0).then(|| converted.get(n / 4)).flatten().map(|d| &world.deals[*d]);
        let (company, created) = match deal {
            Some(deal) => (
                world.accounts[deal.account].company.clone(),
                deal.began() - TimeDelta::days(rng.between(2, 45)),
            ),
            None => {
                (companies.make(200), office(first_day() + Days::new(rng.below(720) as u64), 0, &mut rng))
            }
        };
        let who = person(&mut rng, if company.english { 600 } else { 40 });
        let status = match deal {
            Some(_) => "已转化",
            None => ["新建", "跟进中", "合格", "不合格", "已合并"][rng.weighted(&[24, 30, 14, 28, 4])],
        };
        let campaign = if rng.chance(400) { CAMPAIGNS[rng.below(CAMPAIGNS.len())].0 } else { "" };
        let owner = super::network::rep_of(&world.users, company.city.territory);
        let mail = format!("{}@{}", who.user, company.domain);
        let (at, account, opportunity) = match deal {
            Some(d) => (clock::minute(d.began()), world.accounts[d.account].id.as_str(), d.id.as_str()),
            None => (String::new(), "", ""),
        };
        file.row([
            &id,
            &if n == 77 { "测试".to_owned() } else { who.name.clone() },
            &if n == 130 || n == 311 { dirt::placeholder(&mut rng) } else { company.name.clone() },
            &dirt::phone(&mobile(&mut rng), &mut rng),
            &dirt::email(&mail, &mut rng),
            company.city.zh,
            company.industry,
            *rng.pick(&SOURCES),
            status,
            campaign,
            "",
            PRODUCTS[rng.below(PRODUCTS.len())].0,
            &owner,
            &clock::minute(created),
            &at,
            account,
            opportunity,
        ]);
    }
    file
}

/// Activities of representatives on deals and leads.
pub(crate) fn activity_file(world: &World, leads: &DataFile) -> DataFile {
    let mut rng = Rng::part(world.seed, "activities");
    let header = [
        "activity_id",
        "kind",
        "at",
        "subject",
        "done",
        "account_id",
        "opportunity_id",
        "lead_id",
        "owner",
        "notes",
    ];
    let mut file = DataFile::new("activities.csv", Encoding::Utf8, &header);
    for n in 0..ACTIVITIES {
        let kind =
            ["call", "visit", "email", "meeting", "demo", "note"][rng.weighted(&[34, 18, 24, 12, 6, 6])];
        let subject = match kind {
            "call" => "电话跟进 follow-up call",
            "visit" => "客户拜访 site visit",
            "email" => "发送资料 sent brochure",
            "meeting" => "方案讨论 solution meeting",
            "demo" => "产品演示 product demo",
            _ => "内部备注 note",
        };
        let (at, account, deal, lead, owner) = if n % 6 == 5 {
            let row = rng.pick(&leads.rows);
            let made =
                chrono::NaiveDateTime::parse_from_str(&row[13], "%Y-%m-%d %H:%M").unwrap_or_else(|_| end());
            let at = office(made.date(), rng.between(1, 30), &mut rng);
            (at, String::new(), String::new(), row[0].clone(), row[12].clone())
        } else {
            let deal = rng.pick(&world.deals);
            let account = &world.accounts[deal.account];
            let until = deal.last().map_or_else(end, |s| s.entered);
            let days = (until - deal.began()).num_days().max(1);
            let at = office(deal.began().date(), rng.between(0, days), &mut rng);
            (at, account.id.clone(), deal.id.clone(), String::new(), account.owner.clone())
        };
        let at = at.min(end());
        let notes = match n {
            444 => "=1+1 已确认".to_owned(),
            _ if rng.chance(100) => "客户关注交期 asks about delivery".to_owned(),
            _ => String::new(),
        };
        file.row([
            &format!("ACT-{:04}", n + 1),
            kind,
            &clock::minute(at),
            subject,
            if rng.chance(930) { "yes" } else { "no" },
            &account,
            &deal,
            &lead,
            &owner,
            &notes,
        ]);
    }
    file
}
