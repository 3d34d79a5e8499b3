//! Every command on small inputs: what it prints in both languages, and its exit code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod common;

use common::{Folder, qudao};
use insta::assert_snapshot;

const BLUEPRINT: &str = "\
qudao: 1
currency: CNY
objects:
  account:
    fields:
      name: {required: true, normalise: company_name, weight: 2}
      tax_id: {format: uscc, identity: true}
      phone: {format: phone(CN), weight: 1}
validation:
  - {id: account.size, object: account, range: {field: employees, min: 1}, severity: warning}
  - {id: opp.account, object: opportunity, required: [account]}
matching:
  account.same:
    object: account
    block: [[tax_id], [phone], [name.core]]
    compare: {name: company_name, phone: phone}
duplicates:
  - {id: account.dup, object: account, using: account.same, insert: block, import: report}
processes:
  sale:
    object: opportunity
    label: {en: Sale, zh-CN: 销售流程}
    stages:
      - {id: new, label: {en: New, zh-CN: 新建}, probability: 0.2}
      - id: offer
        label: {en: Offer, zh-CN: 报价}
        probability: 0.6
        entry: [{id: amount, check: amount > 0, message: {en: amount not known, zh-CN: 金额未填写}}]
      - {id: won, class: won, label: {en: Won, zh-CN: 赢单}}
      - {id: lost, class: lost, label: {en: Lost, zh-CN: 丢单}}
    policy: {create: any, skip: allow, backward: allow, loss_reason: optional}
";

const ACCOUNTS: &str = "\
id,客户名称,电话,tax_id,employees,note
a1,深圳市华强电子有限公司,0755-28780808,91350100M000100Y43,120,
a2,华强电子（深圳）有限公司,0755-28780808,,0,rides along
a3,N/A,12,91350100M000100Y44,about 5,
a4,Redwood Foods Ltd.,010-55500001,,40,
";

const DEALS: &str = "\
id,account,amount,begun,stage,ended
o1,a1,1000,2025-01-05,won,2025-02-04
o2,a1,3000,2025-01-10,lost,2025-01-20
o3,a2,500,2025-06-01,offer,
o4,,800,2025-06-02,new,
o5,a1,100,2025-03-01,won,2025-03-11
";

const MAPPING: &str = "\
mapping: 1
blueprint: b.yaml
files:
  - file: accounts.csv
    object: account
    id: id
    columns: {客户名称: name, 电话: phone, tax_id: tax_id, employees: employees}
  - file: deals.csv
    object: opportunity
    id: id
    columns: {id: name, account: account, amount: amount, begun: created_at}
    history:
      stage: {column: stage}
      entered: {new: begun, offer: begun, won: ended, lost: ended}
";

fn folder() -> Folder {
    Folder::with(&[
        ("b.yaml", BLUEPRINT),
        ("accounts.csv", ACCOUNTS),
        ("deals.csv", DEALS),
        ("m.yaml", MAPPING),
    ])
}

fn import(f: &Folder, more: &[&str]) -> common::Ran {
    let (db, mapping, data) = (f.path("c.db"), f.path("m.yaml"), f.path(""));
    let mut args = vec!["import", "--db", &db, "--mapping", &mapping, "--data", &data];
    args.extend(more);
    qudao(args)
}

#[test]
fn lint_names_line_path_and_the_nearest_word() {
    let f = Folder::with(&[
        (
            "bad.yaml",
            "qudao: 1\ncurrency: cny\nobjects:\n  account:\n    fields:\n      name: {requried: true}\nvalidation:\n  \
             - {id: r1, object: acount, required: [name]}\n",
        ),
        ("torn.yaml", "qudao: 1\nobjects: {account: \"x\n"),
        ("good.yaml", BLUEPRINT),
    ]);
    for (name, code) in [("bad.yaml", 1), ("torn.yaml", 1), ("good.yaml", 0)] {
        for locale in ["en", "zh-CN"] {
            let ran = qudao(["lint", &f.path(name), "--locale", locale]);
            assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
            assert_snapshot!(format!("lint {name} {locale}"), f.steady(&ran.out));
        }
    }
    let ran = qudao(["lint", &f.path("bad.yaml"), "--json"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!("lint json", f.steady(&ran.out));
    let starter = qudao::Blueprint::starters()["simple"];
    f.write("simple.yaml", starter);
    assert_eq!(qudao(["lint", &f.path("simple.yaml")]).code, 0);
    assert_eq!(qudao(["lint", &f.path("simple.yaml"), "--strict"]).code, 1, "factory defaults are warnings");
}

#[test]
fn validate_tells_line_rule_and_advice() {
    let f = folder();
    let (b, file) = (f.path("b.yaml"), f.path("accounts.csv"));
    for locale in ["en", "zh-CN"] {
        let ran = qudao(["validate", "--blueprint", &b, "--object", "account", &file, "--locale", locale]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert_snapshot!(format!("validate {locale}"), f.steady(&ran.out));
    }
    let ran = qudao(["validate", "--blueprint", &b, "--object", "account", &file, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["rows"], 4);
    assert_eq!(json["ok"], false);
    let first = &json["violations"][0];
    assert!(first["row"].is_u64() && first["line"].is_u64() && first["rule"].is_string());
    // With the table that references lead to, a dangling one is a finding.
    let deals = f.path("deals.csv");
    f.write("ten.csv", "id,account\no1,a1\no2,a9\n");
    let related = format!("account={file}");
    let ten = f.path("ten.csv");
    let ran = qudao(["validate", "--blueprint", &b, "--object", "opportunity", "--related", &related, &ten]);
    assert!(ran.out.contains(":3: error: Account: there is no such record"), "{}", ran.out);
    let ran = qudao(["validate", "--blueprint", &b, "--object", "opportunity", &deals]);
    assert!(ran.out.contains(":5: error"), "{}", ran.out);
}

#[test]
fn dedupe_with_and_without_a_blueprint() {
    let f = folder();
    let (b, file, out) = (f.path("b.yaml"), f.path("accounts.csv"), f.path("out"));
    let ran = qudao(["dedupe", "--blueprint", &b, "--object", "account", &file, "--out", &out]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("dedupe known", f.steady(&ran.out));
    assert_snapshot!("dedupe pairs", f.read("out/pairs.csv").trim_start_matches('\u{feff}'));
    assert_snapshot!("dedupe clusters", f.read("out/clusters.csv").trim_start_matches('\u{feff}'));
    let ran = qudao(["dedupe", &file, "--out", &out]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("dedupe guessed", f.steady(&ran.out));
    let ran = qudao(["dedupe", &file, "--out", &out, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((json["pairs"].as_u64(), json["clusters"].as_u64()), (Some(1), Some(1)));
    assert!(json["guess"]["rule"]["compare"].is_object());
    assert!(json.get("report_file").is_none());
}

#[test]
fn dedupe_writes_a_report_where_it_is_asked_for_one() {
    let f = folder();
    let (b, file, out) = (f.path("b.yaml"), f.path("accounts.csv"), f.path("out"));
    let known = ["dedupe", "--blueprint", &b, "--object", "account", &file, "--out", &out, "--report"];
    let ran = qudao(known);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.lines().last().is_some_and(|l| l.ends_with("report.html")), "{}", ran.out);
    let page = f.read("out/report.html");
    assert!(page.contains("account.same") && page.contains("Pairs near the threshold"));
    // Without a Blueprint the columns are called as the file calls them; Chinese comes first where it is asked for.
    let ran = qudao(["dedupe", &file, "--out", &out, "--report", "--json", "--locale", "zh-CN"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(json["report_file"].as_str().is_some_and(|p| p.ends_with("report.html")));
    assert!(f.read("out/report.html").contains("data-lang=\"zh\""));
}

#[test]
fn clusters_keep_their_ids_from_run_to_run() {
    let f = Folder::with(&[
        (
            "one.csv",
            "no,company,phone\nk7,Acme Ltd,0755-28780808\nk3,ACME Limited,+86 755 2878 0808\n=k9,Zebra Inc,010-55500001\n",
        ),
        (
            "two.csv",
            "company,no,phone\nZebra Inc,=k9,010-55500001\nACME Ltd.,k1,0755 28780808\nAcme Ltd,k7,0755-28780808\nOther Co,k3,021-61610000\n",
        ),
        ("none.csv", "no,company\nk1,Acme\n,Zebra\n"),
        ("twice.csv", "no,company\nk1,Acme\nk1,Zebra\n"),
        ("bad.csv", "id,cluster\nk1,k1\n"),
        ("empty.csv", "id,cluster_id\nk1,\n"),
    ]);
    let (first, second) = (f.path("first"), f.path("second"));
    let ran = qudao(["dedupe", &f.path("one.csv"), "--id", "no", "--out", &first]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.out.lines().last(), Some(f.path("first/ids.csv").as_str()));
    assert_eq!(f.read("first/ids.csv"), "\u{feff}id,cluster_id\n'=k9,'=k9\nk3,k3\nk7,k3\n");
    let (one, ids) = (f.path("two.csv"), f.path("first/ids.csv"));
    let again = ["dedupe", &one, "--id", "no", "--previous", &ids, "--out", &second];
    let ran = qudao(again);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told = "clusters beside the run before: kept 1, merged 0, split 2, regrouped 0, new 0";
    assert!(ran.out.contains(told), "{}", ran.out);
    let clusters = common::rows(&f.read("second/clusters.csv"));
    let stable: Vec<&str> = clusters.iter().map(|row| row["stable_id"].as_str()).collect();
    assert_eq!(stable, ["'=k9", "k3", "k3", "k3~2"], "the part with the smaller row keeps the id");
    let changes = common::rows(&f.read("second/changes.csv"));
    let of = |row: &std::collections::BTreeMap<String, String>| {
        ["cluster_id", "previous_id", "rows", "change"].map(|column| row[column].clone()).join(" ")
    };
    let changes: Vec<String> = changes.iter().map(of).collect();
    assert_eq!(changes, ["'=k9 '=k9 1 kept", "k3 k3 1 split", "k3  1 split", "k3~2 k3 1 split"]);
    let ran = qudao(again.into_iter().chain(["--json"]));
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&json["changes"]["split"], &json["changes"]["kept"]), (&2.into(), &1.into()));
    assert!(json["ids_file"].as_str().is_some_and(|p| p.ends_with("ids.csv")));
    for (file, id, previous, code) in [
        ("none.csv", "no", None, "matching.no_id"),
        ("twice.csv", "no", None, "matching.repeated_id"),
        ("one.csv", "key", None, "table.no_column"),
        ("one.csv", "no", Some("bad.csv"), "matching.bad_previous"),
        ("one.csv", "no", Some("empty.csv"), "matching.bad_previous"),
        ("one.csv", "no", Some("absent.csv"), "io.failed"),
    ] {
        let (file, previous) = (f.path(file), previous.map(|p| f.path(p)));
        let mut args = vec!["dedupe", &file, "--id", id, "--out", &second, "--json"];
        args.extend(previous.iter().flat_map(|p| ["--previous", p]));
        let ran = qudao(&args);
        let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((ran.code, &json["error"]["code"]), (3, &code.into()), "{file}: {}", ran.out);
    }
    assert_eq!(
        qudao(["dedupe", &one, "--previous", &ids, "--out", &second]).code,
        2,
        "--previous needs --id"
    );
}

#[test]
fn explain_codes_rules_metrics_and_pairs() {
    let f = folder();
    let (b, file) = (f.path("b.yaml"), f.path("accounts.csv"));
    for term in [
        "field.required",
        "win_rate",
        "account.name.required",
        "sale.offer.entry.amount",
        "account.same",
        "account.dup",
        "exit-codes",
    ] {
        let ran = qudao(["explain", term, "--blueprint", &b]);
        assert_eq!(ran.code, 0, "{term}: {}", ran.err);
        assert_snapshot!(format!("explain {term}"), f.steady(&ran.out));
    }
    let ran = qudao(["explain", "win_rte"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean win_rate?"), "{}", ran.err);
    let ran =
        qudao(["explain", "--pair", "0", "1", "--file", &file, "--blueprint", &b, "--object", "account"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("explain pair", f.steady(&ran.out));
    assert_eq!(qudao(["explain", "--pair", "0", "9", "--file", &file]).code, 2);
}

#[test]
fn import_kpis_rebuild_verify() {
    let f = folder();
    let ran = import(&f, &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_snapshot!("import", f.steady(&ran.out));
    assert_snapshot!("rejects", f.read("rejects.csv").trim_start_matches('\u{feff}'));
    // The same again: everything is there, and the rejected rows are rejected again.
    let again = import(&f, &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(
        (json["stored"].as_u64(), json["rejected"].as_u64(), json["rows"].as_u64()),
        (Some(0), Some(2), Some(9))
    );

    let (db, b) = (f.path("c.db"), f.path("b.yaml"));
    for locale in ["en", "zh-CN"] {
        let args = [
            "kpis",
            "--db",
            &db,
            "--blueprint",
            &b,
            "--metric",
            "win_rate,win_rate_value,won_value,sales_cycle",
            "--locale",
            locale,
        ];
        let ran = qudao(args);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_snapshot!(format!("kpis {locale}"), f.steady(&ran.out));
    }
    let args = [
        "kpis",
        "--db",
        &db,
        "--blueprint",
        &b,
        "--metric",
        "win_rate",
        "--by",
        "account",
        "--from",
        "2025-01-15",
        "--to",
        "2025-03-01",
        "--json",
        "--ids",
    ];
    let ran = qudao(args);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let row = &json["rows"][0];
    assert_eq!(row["value"]["defined"], "0.5", "{row:#}");
    assert_eq!(row["ids"]["denominator"], serde_json::json!(["o1", "o2"]), "{row:#}");

    for command in ["rebuild", "verify"] {
        let ran = qudao([command, "--db", &db, "--blueprint", &b]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_snapshot!(command, f.steady(&ran.out));
    }
}

#[test]
fn migrate_previews_then_applies() {
    let f = folder();
    import(&f, &[]);
    f.write("b2.yaml", BLUEPRINT.replace("id: offer", "id: quote").replace("min: 1", "min: 2"));
    let (db, b, b2) = (f.path("c.db"), f.path("b.yaml"), f.path("b2.yaml"));
    let same = qudao(["migrate", "--db", &db, "--blueprint", &b]);
    assert_eq!(same.code, 0);
    assert!(same.out.contains("nothing to do"));
    let other = qudao(["kpis", "--db", &db, "--blueprint", &b2]);
    assert_eq!(other.code, 4, "{}", other.out);
    assert!(other.err.contains("blueprint.changed"), "{}", other.err);
    let preview = qudao(["migrate", "--db", &db, "--blueprint", &b2]);
    assert_eq!(preview.code, 0, "{}", preview.err);
    assert_snapshot!("migrate preview", f.steady(&preview.out));
    assert_eq!(qudao(["kpis", "--db", &db, "--blueprint", &b]).code, 0, "a preview changes nothing");
    let applied = qudao(["migrate", "--db", &db, "--blueprint", &b2, "--apply", "--json"]);
    assert_eq!(applied.code, 0, "{}", applied.err);
    let json: serde_json::Value = serde_json::from_str(&applied.out).unwrap();
    assert_eq!(
        (json["applied"].as_bool(), json["stages_gone"][0]["stage"].as_str()),
        (Some(true), Some("offer"))
    );
    assert_eq!(qudao(["verify", "--db", &db, "--blueprint", &b2]).code, 0);
}

#[test]
fn every_failure_has_its_exit_code_and_a_code() {
    let f = folder();
    f.write("bytes.yaml", [0xff, 0xfe, 0x00]);
    f.write("torn.db", "this is no database");
    let (b, file, db, m) = (f.path("b.yaml"), f.path("accounts.csv"), f.path("none.db"), f.path("m.yaml"));
    let (bytes, torn, gone) = (f.path("bytes.yaml"), f.path("torn.db"), f.path("gone.csv"));
    let (out, absent) = (f.path("o"), f.path("gone.yaml"));
    let cases: Vec<(Vec<&str>, u8, &str)> = vec![
        (vec!["frobnicate"], 2, ""),
        (vec!["validate", &file], 2, ""),
        (vec!["dedupe", &file, "--out", &out, "--threshold", "much"], 2, "cli.usage"),
        (vec!["kpis", "--db", &db, "--blueprint", &b, "--from", "soon"], 2, "cli.usage"),
        (vec!["lint", &absent], 3, "io.failed"),
        (vec!["lint", &bytes], 3, "io.not_text"),
        (vec!["validate", "--blueprint", &b, "--object", "account", &gone], 3, "io.failed"),
        (vec!["validate", "--blueprint", &b, "--object", "acount", &file], 3, "object.unknown"),
        (vec!["import", "--db", &db, "--mapping", &b], 3, "blueprint.invalid"),
        (vec!["kpis", "--db", &db, "--blueprint", &b], 4, "store.not_found"),
        (vec!["kpis", "--db", &torn, "--blueprint", &b], 4, "store.corrupt"),
        (vec!["rebuild", "--db", &torn, "--blueprint", &b], 4, "store.corrupt"),
        (vec!["import", "--db", &torn, "--mapping", &m], 4, "store.corrupt"),
    ];
    for (args, code, named) in cases {
        let ran = qudao(&args);
        assert_eq!(ran.code, code, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.is_empty(), "{args:?}: {}", ran.out);
        assert!(ran.err.contains(named), "{args:?}: {}", ran.err);
        if !named.is_empty() {
            let json = qudao(args.iter().copied().chain(["--json"]));
            let answer: serde_json::Value = serde_json::from_str(&json.out).unwrap();
            assert_eq!(answer["error"]["code"], named, "{args:?}");
            assert_eq!(answer["exit"], code);
        }
    }
    assert_eq!(f.read("torn.db"), "this is no database");
    assert_eq!(qudao(["--help"]).code, 0);
    let help = qudao(["--help"]).out;
    for code in ["Exit codes", "lint", "dedupe", "link", "demo"] {
        assert!(help.contains(code));
    }
}

#[test]
fn an_actor_without_rights_is_told_so() {
    let f = folder();
    let roles = "roles:\n  boss: {see: {_: all}, edit: {_: all}, import_history: true}\n  rep: {see: {_: own}, edit: {_: own}}\n";
    f.write("b.yaml", format!("{BLUEPRINT}{roles}"));
    // The program's own actor holds the roles that may import.
    assert_eq!(import(&f, &["--json"]).code, 1);
    let (db, b) = (f.path("c.db"), f.path("b.yaml"));
    let seen = |more: &[&str]| -> common::Ran {
        let mut args = vec!["kpis", "--db", &db, "--blueprint", &b, "--metric", "closed_won", "--json"];
        args.extend(more);
        qudao(args)
    };
    let value = |ran: &common::Ran| {
        serde_json::from_str::<serde_json::Value>(&ran.out).unwrap()["rows"][0]["value"]["defined"].clone()
    };
    assert_eq!(value(&seen(&[])), "2");
    assert_eq!(value(&seen(&["--as", "nobody", "--role", "rep"])), "0", "a representative sees his own only");
    let unknown = seen(&["--as", "nobody"]);
    assert_eq!(unknown.code, 5, "{}", unknown.out);
    assert!(unknown.out.contains("actor.unknown"));
    let misspelt = seen(&["--role", "bos"]);
    assert_eq!(misspelt.code, 2);
    assert!(misspelt.out.contains("did you mean boss?"), "{}", misspelt.out);
    let denied = import(&f, &["--as", "nobody", "--role", "rep", "--json"]);
    assert!(denied.out.contains("access."), "{}", denied.out);
}

#[test]
fn rates_come_from_a_file_and_a_missing_one_is_an_error() {
    let f = folder();
    f.write(
        "b.yaml",
        BLUEPRINT.replace("check: amount > 0", "check: has(amount)").replace(
            "validation:",
            "  opportunity:\n    fields:\n      amount: {currency: any}\nvalidation:",
        ),
    );
    f.write("deals.csv", "id,account,amount,begun,stage,ended\no1,a1,USD 100,2025-01-05,won,2025-02-04\n");
    assert_eq!(import(&f, &[]).code, 1);
    let (db, b) = (f.path("c.db"), f.path("b.yaml"));
    let args = ["kpis", "--db", &db, "--blueprint", &b, "--metric", "won_value"];
    let ran = qudao(args);
    assert_ne!(ran.code, 0, "{}", ran.out);
    assert!(ran.err.contains("USD"), "{}", ran.err);
    f.write("rates.csv", "from,into,date,rate\nUSD,CNY,2025-01-01,7.2\n");
    let ran = qudao(args.into_iter().chain(["--rates", &f.path("rates.csv")]));
    assert!(ran.out.contains("720 CNY"), "{}{}", ran.out, ran.err);
    f.write("rates.csv", "from,into,date,rate\nUSD,CNY,2025-01-01,seven\n");
    let ran = qudao(args.into_iter().chain(["--rates", &f.path("rates.csv")]));
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("line 2") && ran.err.contains("rate"), "{}", ran.err);
}

#[test]
fn dedupe_of_files_that_are_hardly_tables() {
    let f = folder();
    let out = f.path("out");
    let long = format!("company,phone\n{0},1\n{0},1\n", "x".repeat(1 << 20));
    let cases: [(&str, &[u8], u8, &str); 5] = [
        ("empty.csv", b"", 3, "import.empty"),
        ("header.csv", b"company,phone\n", 0, "rows 0 (UTF-8)"),
        // Bytes that are no UTF-8 are read in the encoding that they are likely in, and it is named.
        ("cut.csv", b"company,phone\nAcme \xe4\xb8,1\nAcme \xe4\xb8,1\n", 0, "rows 2 (GB18030)"),
        ("stray.csv", b"company,phone\nAcme,0755-28780808\nB\xff\xfe\x00lt,1\n", 0, "rows 2 (W"),
        ("long.csv", long.as_bytes(), 0, "clusters 1, rows too many 1"),
    ];
    for (name, bytes, code, told) in cases {
        std::fs::write(f.path(name), bytes).unwrap();
        let ran = qudao(["dedupe", &f.path(name), "--out", &out, "--report", "--locale", "en"]);
        assert_eq!(ran.code, code, "{name}: {}", ran.err);
        assert!(format!("{}{}", ran.out, ran.err).contains(told), "{name}: {}{}", ran.out, ran.err);
    }
    assert!(f.read("out/report.html").len() < 200_000, "long values are cut");
}
